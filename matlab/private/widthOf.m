function count = widthOf(value)
%WIDTHOF Number of columns of what has two dimensions and several rows; 1 for anything else.
%   Rows of characters are one column.
count = 1;
if ~ischar(value) && ndims(value) == 2 && size(value, 1) ~= 1
  count = size(value, 2);
  if isa(value, 'table')
    count = numel(tableColumns(value));
  end
end
end
