function value = readNonnegative(value, name)
%READNONNEGATIVE Return a finite number >= 0.
if ~isNumber(value)
  refuse('lcodec:optionType', '`%s` must be a number, got %s', name, describeValue(value));
end
value = double(value);
if ~(value >= 0 && value < Inf)
  refuse('lcodec:optionRange', '`%s` must be finite and at least 0, got %s', ...
         name, describeValue(value));
end
end
