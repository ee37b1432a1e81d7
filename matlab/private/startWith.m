function table = startWith(table, given)
%STARTWITH Start with the columns GIVEN chosen.
if ~isempty(given)
  table.chosen = given(1:end - 1);
  table = chooseColumn(table, conditionTable(table), given(end));
end
end
