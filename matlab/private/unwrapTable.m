function [value, names] = unwrapTable(value)
%UNWRAPTABLE Return the values and column names of a MATLAB table; other values as they are.
%   Octave has no tables.
names = {};
if isa(value, 'table')
  names = value.Properties.VariableNames;
  columns = cell(1, numel(names));
  for k = 1:numel(names)
    columns{k} = checkReal(value.(names{k}), names{k});
  end
  value = [columns{:}];
end
end
