function value = readMissing(value)
%READMISSING Return the option 'missing'.
value = readChoice(value, 'missing', {'refuse', 'drop'});
end
