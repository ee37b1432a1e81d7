function value = checkReal(value, name, ordinal)
%CHECKREAL Return a full, real, numeric or logical array as double; refuse the rest.
%   64-bit integers that double precision would round are refused; where only their order counts
%   (ORDINAL, default false), all are replaced by their ranks 0, 1, ...
if issparse(value)
  fail('lcodec:sparseInput', '`%s` must be a full array, got a sparse one', name);
end
if ischar(value) || isstring(value) || (iscellstr(value) && ~isempty(value))
  fail('lcodec:notNumeric', '`%s` must be numeric, got text', name);
end
if ~isnumeric(value) && ~islogical(value)
  fail('lcodec:notNumeric', '`%s` must be numeric, got a container or object', name);
end
if ~isreal(value)
  fail('lcodec:complexInput', '`%s` must be real, got complex numbers', name);
end
if isa(value, 'int64') || isa(value, 'uint64')
  value = exactDoubles(value, name, nargin > 2 && ordinal);
end
value = full(double(value));  % Octave keeps diagonal matrices as such
end

function value = exactDoubles(value, name, ordinal)
% the largest one is rounded up, and back in integers it is cut off to what it was
count = nnz(cast(double(value), class(value)) ~= value | value == intmax(class(value)));
if count == 0
  return
end
if ~ordinal
  plural = 'numbers';
  if count == 1
    plural = 'number';
  end
  fail('lcodec:bigInteger', ...
       ['`%s` must hold whole numbers that double precision can hold, all up to 2^53, got ', ...
        '%d %s that it rounds; subtract the smallest one from each column before'], ...
       name, count, plural);
end
[~, ~, rank] = unique(value);
value = reshape(double(rank) - 1, size(value));
end
