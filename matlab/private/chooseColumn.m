function table = chooseColumn(table, numbers)
%CHOOSECOLUMN Add a column, or columns that are one candidate, to those chosen in a table.
%   See makeTable.
labels = table.response.labels;
table.current = jointValues(table, numbers);
table.chosen = [table.chosen, numbers];
table.base = conditionOn(columnSet(table.set, table.chosen), numel(table.chosen), table.options);
if table.response.sumSpread > 0
  own = gainOf(labels, labels, table.options.classes);
  table.remaining = sumOverRows(own - table.current);
end
end
