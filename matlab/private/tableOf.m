function table = tableOf(X, y, options, given, names, candidates, own, quiet)
%TABLEOF Table of the features X, of NAMES or {}, for a response of one column or of several.
%   For CANDIDATES see candidatesOf; OWN are the weights of indicatorWeights. QUIET
%   (default false): columns that columnWeights would tell of are not.
%   Of one column it is that of makeTable. Of several (Ansari and Fuchs, arXiv:2212.01621) it has a
%   table for every column, in which the columns before it are chosen from the start, before all
%   features; T is a fraction of two sums over these tables. See lcodec/dependence/vectors.py.
%     table.parts       1 x q  cell of these tables
%     table.features    1 x 1  how many columns stand before the features
%     table.start       1 x q  sum min(R_i, R_N(i)), N nearest in the columns of y before each
%     table.all         1 x 1  the denominator without features
%     table.remaining   1 x 1  the denominator with the chosen ones; 0 when a column of y is
%                              constant or the chosen columns determine y
%     table.constant    1 x c  the constant columns of y
q = size(y, 2);
before = y(:, 1:q - 1);  % the last one is in no distance
columns = {'X', X, names, own};
if q > 1
  columns = {'y', before, 'X', X, names, [NaN(1, q - 1), own]};
end
if nargin > 7 && quiet
  [weights, ~] = columnWeights(options.standardize, columns{:});
else
  weights = columnWeights(options.standardize, columns{:});
end
set = columnSet([before, X], weights);
if q == 1
  table = makeTable(set, y, options, given, candidates);
  return
end
table.features = q - 1;
table.axes = candidates.axes;
table.current = zeros(size(y, 1), 1);
table.constant = find(max(y, [], 1) == min(y, [], 1));
table.isConstant = ~isempty(table.constant);
table.start = zeros(1, q);
table.remaining = 0;
if table.isConstant
  return
end
options.memory_limit = floor(options.memory_limit / q);
table.parts = cell(1, q);
% the columns of y are candidates too, before all others
after = cellfun(@(some) some + (q - 1), candidates.axes, 'UniformOutput', false);
candidates.axes = [num2cell(1:q - 1), after];
candidates.ids = [0:q - 2, candidates.ids + (q - 1)];
for k = 1:q
  table.parts{k} = makeTable(set, y(:, k), options, 1:k - 1, candidates);
  if k > 1
    table.start(k) = sumOverRows(table.parts{k}.current);
  end
end
table.all = leftOf(table.parts);
table.remaining = table.all;
for number = given
  table = chooseColumn(table, number);
end
end
