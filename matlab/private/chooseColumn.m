function table = chooseColumn(table, numbers)
%CHOOSECOLUMN Add a column, or columns that are one candidate, to those chosen in a table.
%   See makeTable and tableOf.
if isfield(table, 'parts')
  for k = 1:numel(table.parts)
    table.parts{k} = chooseColumn(table.parts{k}, table.features + numbers);
  end
  table.remaining = leftOf(table.parts);
  return
end
labels = table.response.labels;
table.current = jointValues(table, numbers);
table.chosen = [table.chosen, numbers];
table.base = conditionOn(columnSet(table.set, table.chosen), numel(table.chosen), table.options);
if table.response.sumSpread > 0
  own = gainOf(labels, labels, table.options.classes);
  table.remaining = sumOverRows(own - table.current);
end
end
