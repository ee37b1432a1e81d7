function value = checkVector(value, name, missing, rows, like)
%CHECKVECTOR Return VALUE as a finite double column n x 1; see checkMatrix.
value = checkReal(value, name);
if ndims(value) ~= 2
  refuse('lcodec:notVector', '`%s` must be a vector, got %d dimensions', name, ndims(value));
end
if size(value, 2) ~= 1
  refuse('lcodec:notVector', '`%s` must be one column, got %d x %d', ...
         name, size(value, 1), size(value, 2));
end
if nargin > 3
  checkRows(value, name, missing, rows, like);
else
  checkRows(value, name, missing);
end
end
