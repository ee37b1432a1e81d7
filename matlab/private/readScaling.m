function value = readScaling(value)
%READSCALING Return the option 'standardize'; [] is 'none'.
if isnumeric(value) && isempty(value)
  value = 'none';
end
value = readChoice(value, 'standardize', {'none', 'std', 'range'});
end
