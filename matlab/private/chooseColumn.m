function table = chooseColumn(table, number)
%CHOOSECOLUMN Add a column to those chosen.
table.current = tableValues(table, number);
table.chosen(end + 1) = number;
if table.response.sumSpread > 0
  table.remaining = inOrderSum(table.response.atMost - table.current);
end
end
