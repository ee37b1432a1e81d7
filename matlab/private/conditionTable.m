function base = conditionTable(table)
%CONDITIONTABLE What all candidates share given the columns that are chosen; see conditionOn.
base = conditionOn(subsetColumns(table.set, table.chosen), numel(table.chosen));
end
