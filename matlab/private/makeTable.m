function table = makeTable(set, y, options, given)
%MAKETABLE Columns, a response and the columns chosen so far, for T(Y, X_j | X_S) of any j.
%   SET is the columnSet of X; the columns GIVEN are chosen from the start.
%     table.current     n x 1  min(R_i, R_N(i)) with N nearest in the chosen columns
%     table.remaining   1 x 1  the denominator of every candidate, 0 when y is constant or the
%                              chosen columns determine it
%     table.base        what the candidates share; see conditionOn
%     table.isConstant  1 x 1  whether y is constant; table.constant: see tableOf
table.set = set;
table.response = responseOf(y);
table.options = options;
table.current = zeros(numel(y), 1);
table.remaining = table.response.sumSpread;
table.isConstant = table.response.sumSpread == 0;
table.constant = zeros(1, 0);
table.chosen = given(1:end - 1);
table.base = conditionOn(columnSet(set, table.chosen), numel(table.chosen), options);
if ~isempty(given)
  table = chooseColumn(table, given(end));
end
end
