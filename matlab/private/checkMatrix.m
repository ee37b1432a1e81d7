function value = checkMatrix(value, name, missing, rows, like)
%CHECKMATRIX Return VALUE as a finite double matrix n x q, q >= 1.
%   checkMatrix(value, name, missing) asks for 3 <= n < 2^21; checkMatrix(value, name, missing,
%   rows, like) asks for ROWS rows, as the argument LIKE has. With MISSING 'drop', NaN may stand
%   in it. The words are those of Python.
value = checkReal(value, name);
if ndims(value) ~= 2
  refuse('lcodec:notMatrix', '`%s` must be a matrix or a vector, got %d dimensions', ...
         name, ndims(value));
end
if size(value, 2) == 0
  refuse('lcodec:emptyInput', '`%s` must have at least one column, got %d x 0', ...
         name, size(value, 1));
end
if nargin > 3
  checkRows(value, name, missing, rows, like);
else
  checkRows(value, name, missing);
end
end
