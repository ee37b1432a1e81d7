function value = readFlag(value, name)
%READFLAG Return a truth value: true, false, 1 or 0.
if ~(isscalar(value) && (islogical(value) || (isNumber(value) && any(value == [0, 1]))))
  refuse('lcodec:optionType', '`%s` must be true or false, got %s', name, describeValue(value));
end
value = logical(value);
end
