function table = chooseColumn(table, base, number)
%CHOOSECOLUMN Add a column to those chosen, on which BASE is conditioned (conditionTable).
table.current = tableValues(table, base, number, 1);
table.chosen(end + 1) = number;
if table.response.sumSpread > 0
  table.remaining = inOrderSum(table.response.atMost - table.current);
end
end
