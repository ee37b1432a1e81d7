function value = checkReal(value, name)
%CHECKREAL Return a full, real, numeric or logical array as double; refuse the rest.
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
value = full(double(value));  % Octave keeps diagonal matrices as such
end
