function [values, back] = alongRows(values, dim)
%ALONGROWS A matrix whose columns are to be added, and what brings the result back into shape.
if nargin < 2
  dim = 1 + (size(values, 1) == 1);
end
if dim == 2
  values = values.';
  back = @(result) result.';
else
  back = @(result) result;
end
end
