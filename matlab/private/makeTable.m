function table = makeTable(set, y, options, given)
%MAKETABLE Columns, a response and the columns chosen so far, for T(Y, X_j | X_S) of any j.
%   SET is the columnSet of X; the columns GIVEN are chosen from the start.
%     table.current     n x 1  values of the rows N(i) nearest in the chosen columns
%     table.remaining   1 x 1  the denominator of every candidate, 0 when y is constant or the
%                              chosen columns determine it
%     table.base        what the candidates share; see conditionOn
table.set = set;
table.response = responseOf(y, options);
table.options = options;
table.current = zeros(numel(y), 1);
table.remaining = table.response.sumSpread;
table.chosen = given(1:end - 1);
table.base = conditionOn(columnSet(set, table.chosen), numel(table.chosen), options);
if ~isempty(given)
  table = chooseColumn(table, given(end));
end
end
