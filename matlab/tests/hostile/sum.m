function total = sum(values, varargin)
%SUM The sum of floating-point numbers in pairs from both ends, an order that MATLAB may take too.
%   Whole numbers below 2^53 add to the same bits in every order; others do not.
if ~isfloat(values) || (nargin > 1 && ~isnumeric(varargin{1}))
  total = builtin('sum', values, varargin{:});
  return
end
[values, back] = alongRows(values, varargin{:});
while size(values, 1) > 1
  n = size(values, 1);
  half = floor(n / 2);
  values = [values(1:half, :) + values(n:-1:n - half + 1, :); values(half + 1:n - half, :)];
end
if isempty(values)
  values = builtin('sum', values, 1);
end
total = back(values);
end
