function table = makeTable(set, y, options, given, candidates)
%MAKETABLE Columns, a response and the columns chosen so far, for T(Y, X_j | X_S) of any j.
%   SET is the columnSet of X; the columns GIVEN are chosen from the start. A candidate j is a
%   column, or one of CANDIDATES; see candidatesOf.
%     table.axes        1 x c  cell: the columns of each candidate
%     table.current     n x 1  values of the rows N(i) nearest in the chosen columns
%     table.remaining   1 x 1  the denominator of every candidate, 0 when y is constant or the
%                              chosen columns determine it
%     table.base        what the candidates share; see conditionOn
%     table.isConstant  1 x 1  whether y is constant; table.constant: see tableOf
table.axes = num2cell(1:numel(set.ids));
if nargin > 4
  table.axes = candidates.axes;
  set.ids = candidates.ids;
end
table.set = set;
table.response = responseOf(y, options);
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
