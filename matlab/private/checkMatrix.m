function value = checkMatrix(value, name, rows, like)
%CHECKMATRIX Return VALUE as a finite double matrix n x q, q >= 1.
%   checkMatrix(value, name) asks for 3 <= n < 2^21; checkMatrix(value, name, rows, like)
%   asks for ROWS rows, as the argument LIKE has. The words are those of checks.py.
value = checkReal(value, name);
if ndims(value) ~= 2
  refuse('lcodec:notMatrix', '`%s` must be a matrix or a vector, got %d dimensions', ...
         name, ndims(value));
end
if size(value, 2) == 0
  refuse('lcodec:emptyInput', '`%s` must have at least one column, got %d x 0', ...
         name, size(value, 1));
end
if nargin > 2
  checkRows(value, name, rows, like);
else
  checkRows(value, name);
end
end
