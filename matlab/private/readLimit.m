function value = readLimit(value)
%READLIMIT Return the option 'max_features': a whole number >= 1, or Inf for [].
if isnumeric(value) && isempty(value)
  value = Inf;
else
  value = readWhole(value, 'max_features', 1);
end
end
