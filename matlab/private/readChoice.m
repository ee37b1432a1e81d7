function value = readChoice(value, name, allowed)
%READCHOICE Return a text option, one of the cell array ALLOWED.
if isstring(value) && isscalar(value)
  value = char(value);
end
if ~ischar(value) || ~any(strcmp(value, allowed))
  listed = sprintf('''%s'', ', allowed{:});
  refuse('lcodec:optionValue', '`%s` must be one of %s, got %s', ...
         name, listed(1:end - 2), describeValue(value));
end
end
