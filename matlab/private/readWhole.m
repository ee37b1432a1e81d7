function value = readWhole(value, name, minimum)
%READWHOLE Return a whole number in [MINIMUM, 2^53); logicals are not numbers.
if ~isNumber(value) || double(value) ~= floor(double(value))
  refuse('lcodec:optionType', '`%s` must be a whole number, got %s', name, describeValue(value));
end
value = double(value);
if value < minimum
  refuse('lcodec:optionRange', '`%s` must be at least %d, got %s', ...
         name, minimum, describeValue(value));
end
if value > 2^53 - 1
  refuse('lcodec:optionRange', '`%s` must be at most %d, got %s', ...
         name, 2^53 - 1, describeValue(value));
end
end
