function values = jointValues(table, numbers)
%JOINTVALUES min(R_i, R_m) over the rows m nearest in the chosen columns and the columns NUMBERS.
%   They are one candidate of a table, see makeTable: random ties take the number of the first.
base = table.base;
if numel(numbers) > 1
  base = conditionOn(columnSet(table.set, [table.chosen, numbers(1:end - 1)]), ...
                     numel(table.chosen), table.options);
end
last = columnSet(table.set, numbers(end));
last.ids = table.set.ids(numbers(1));
values = candidateValues(table.response.labels, base, last, 1, table.options);
end
