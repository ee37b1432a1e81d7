function table = makeTable(set, y, options)
%MAKETABLE Columns, a response and the columns chosen so far, for T(Y, X_j | X_S) of any j.
%   SET is the columnSet of X. table.current is min(R_i, R_N(i)) with N nearest in the chosen
%   columns; table.remaining is the denominator of every candidate, 0 when y is constant or the
%   chosen columns determine it.
table.set = set;
table.response = rankResponse(y);
table.options = options;
table.chosen = zeros(1, 0);
table.current = zeros(numel(y), 1);
table.remaining = table.response.sumSpread;
end
