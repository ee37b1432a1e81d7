function [names, columns] = tableColumns(value)
%TABLECOLUMNS Names and values of the columns of a MATLAB table, 1 x p cells; {} for what is none.
%   A variable M of several columns has the names M_1, M_2, ..., as splitvars gives. What is left of
%   a table, struct('names', {names}, 'columns', {columns}), is taken as it is.
if isstruct(value) && isequal(fieldnames(value), {'names'; 'columns'})
  names = value.names;
  columns = value.columns;
  return
end
names = cell(1, 0);
columns = cell(1, 0);
if ~isa(value, 'table')
  names = {};
  return
end
variables = value.Properties.VariableNames;
for k = 1:numel(variables)
  variable = gathered(value.(variables{k}));
  label = variables(k);
  if (isnumeric(variable) || islogical(variable) || iscell(variable)) && ~issparse(variable)
    if ndims(variable) > 2
      fail('lcodec:notMatrix', ...
           'a variable of a table must be a matrix or a vector, got %d dimensions in `%s`', ...
           ndims(variable), label{1});
    end
    count = size(variable, 2);
    if count > 1
      label = arrayfun(@(j) sprintf('%s_%d', label{1}, j), 1:count, 'UniformOutput', false);
    end
    variable = num2cell(variable, 1);
  else
    variable = {variable};
  end
  names = [names, label]; %#ok<AGROW>
  columns = [columns, variable]; %#ok<AGROW>
end
end
