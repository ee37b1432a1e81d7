function text = describe(value)
%DESCRIBE Say what came, in the words that Python uses too.
if isstring(value) && isscalar(value)
  value = char(value);
end
if ischar(value) && size(value, 1) <= 1
  text = ['''', value, ''''];
elseif ischar(value) || isstring(value)
  text = 'several texts';
elseif islogical(value) && isscalar(value)
  if value
    text = 'true';
  else
    text = 'false';
  end
elseif isnumeric(value) && isscalar(value) && isreal(value)
  text = sprintf('%g', double(value));
else
  text = 'something else';
end
end
