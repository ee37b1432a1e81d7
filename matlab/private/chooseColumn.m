function table = chooseColumn(table, number)
%CHOOSECOLUMN Add a column to those chosen in a table; see makeTable.
if isfield(table, 'parts')
  for k = 1:numel(table.parts)
    table.parts{k} = chooseColumn(table.parts{k}, table.features + number);
  end
  table.remaining = leftOf(table.parts);
  return
end
table.current = candidateValues(table.response.atMost, table.base, ...
                                columnSet(table.set, number), 1, table.options);
table.chosen(end + 1) = number;
table.base = conditionOn(columnSet(table.set, table.chosen), numel(table.chosen), table.options);
if table.response.sumSpread > 0
  table.remaining = sumOverRows(table.response.atMost - table.current);
end
end
