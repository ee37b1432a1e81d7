function table = chooseColumn(table, number)
%CHOOSECOLUMN Add a column to those chosen in a table; see makeTable.
labels = table.response.labels;
table.current = candidateValues(labels, table.base, ...
                                columnSet(table.set, number), 1, table.options);
table.chosen(end + 1) = number;
table.base = conditionOn(columnSet(table.set, table.chosen), numel(table.chosen), table.options);
if table.response.sumSpread > 0
  own = gainOf(labels, labels, table.options.classes);
  table.remaining = sumOverRows(own - table.current);
end
end
