function tests = test_search()
%TEST_SEARCH The neighbour search against comparing each row with all others, bit by bit.
tests = {@everyRuleOnUglyData, @fewRows, @shortListsAreContinued, @listsAreTheNearestRows, ...
         @boxesOnUglyData, @boxesThatDoNotPrune, @fewRowsAreAsked, @longStretchesOfTies, ...
         @groupsOfOneColumn, @pointMassesCostLittle, @codecOfManyRows, @fociOfManyRows, ...
         @memoryChangesNothing};
end

function everyRuleOnUglyData()
tables = uglyTables(47, 6);
for k = 1:numel(tables)
  for chosen = 0:3
    expectBrute(tables{k}, chosen, 'std', @(base) base);
  end
end
tables = uglyTables(300, 3);
for k = 1:numel(tables)
  expectBrute(tables{k}, 2, 'none', @(base) base);
end
end

function fewRows()
% Any number of neighbours: lists of one column can then end at the same place.
for n = 4:12
  for K = 1:n - 1
    data = pseudo(n, 2, n);
    data = data(:, [1, 1, 2, 1, 2, 1]);  % for four candidates, lists are shared
    for chosen = 1:2
      expectBrute(data, chosen, 'none', @(base) base, K);
      expectBrute(floor(9 * data), chosen, 'none', @(base) base, K);
    end
  end
end
end

function shortListsAreContinued()
% Lists of two and three rows decide few rows; the others go on.
tables = uglyTables(60, 5);
for k = 1:numel(tables)
  for chosen = 1:2
    expectBrute(tables{k}, chosen, 'none', @(base) withLists(base, [2, 3]));
    expectBrute(tables{k}, chosen, 'range', @(base) withLists(base, 59));
  end
end
end

function listsAreTheNearestRows()
% From boxes (many rows for the length) and from tiles: the same distances, and a true tail of what
% is listed so far.
tables = uglyTables(900, 2);
larger = uglyTables(1700, 2);
tables = [tables, larger([2, 7, 8, 11])];
for k = 1:numel(tables)
  n = size(tables{k}, 1);
  for length_ = [5, 30, 200]
    [lists, order] = nearestLists(tables{k}, [1, 1], [2, length_], 2e5);
    expectEqual(numel(lists), 2);
    for i = 1:37:n
      t = tables{k}(i, :) - tables{k};
      distance = t(:, 1).^2 + t(:, 2).^2;
      distance(i) = Inf;
      listed = [];
      for stage = lists
        list = stage{1};
        [member, at] = listedRows(list, find(order == i));
        member = order(member);
        expectEqual(at, distance(member));
        listed = [listed; member];  %#ok<AGROW>
        expectEqual(numel(unique(listed)), numel(listed));
        distance_ = distance;
        distance_(listed) = Inf;
        expectTrue(all(distance_ >= list.tail(order == i)), 'a nearer row is not listed');
        expectTrue(numel(listed) >= 2, 'a list should not be empty');
      end
    end
  end
end
end

function boxesOnUglyData()
tables = uglyTables(2100, 3);
rules = {'average', 'random', 'first'};
for k = 1:numel(tables)
  expectNearest(tables{k}, [1, 1, 1], (1:2100)', rules{mod(k, 3) + 1}, 2e5, ...
                all(k ~= [8, 9, 10]));  % rows far away, many equal rows: boxes do not prune
end
expectNearest(pseudo(2100, 2, 1), [1e-3, 1e3], (1:2100)', 'random', 2^14, true);
expectNearest(pseudo(2100, 1, 2), 1, (1:2100)', 'average', 2e5, true);
end

function boxesThatDoNotPrune()
data = pseudo(2100, 20, 3);
tree = buildTree(data, ones(1, 20), 16);
found = searchLeaves(tree, true(2100, 1), 1:128, 1, 2e5);
expectTrue(isempty(found), 'boxes should not prune here');
expectNearest(data, ones(1, 20), (1:2100)', 'average', 2e5, false);
end

function fewRowsAreAsked()
[~, order] = sort(pseudo(5000, 1, 4));
data = pseudo(5000, 3, 5);
expectNearest(data, [1, 2, 3], order(1:900), 'average', 2e5, true);
expectNearest(data, [1, 2, 3], order(1), 'average', 2e5, true);
end

function longStretchesOfTies()
% Single rows beside large groups, and differences that vanish when squared.
x = [zeros(400, 1); 1; 3; 1e-170 * (1:60)'; 1e-3 * (5000:5100)'];
y = mod((1:numel(x))' * 7, 31);
labels = responseOf(y);
labels = labels.labels;
rules = {'average', 'random', 'first'};
for k = 1:3
  options = struct('ties', rules{k}, 'seed', 5);
  expectEqual(nearestValues(labels, x, 1, 4, options), bruteValues(labels, x, 1, 0, 4, options));
end
end

function groupsOfOneColumn()
% Equal chosen rows are neighbours on the axis of the candidate, unless another group is nearer.
chosen = floor(4 * pseudo(400, 1, 6)) * 0.01;
data = [chosen, pseudo(400, 3, 7), round(50 * pseudo(400, 1, 8)) / 50];
expectBrute(data, 1, 'none', @(base) base);
expectBrute([floor(3 * pseudo(400, 2, 9)), data(:, 2:4)], 2, 'none', @(base) base);
end

function pointMassesCostLittle()
% Values that many rows share: comparing all pairs of rows takes more than thirty times as long.
n = 20000;
data = pseudo(n, 3, 14);
masses = {data, data, data, floor(5 * data)};
masses{1}(pseudo(n, 3, 15) < 0.5) = 0;
masses{2}(pseudo(n, 1, 16) < 0.05, 1) = 0.5;
masses{3}(pseudo(n, 1, 17) < 0.5, :) = 0.5;
usual = seconds(data);
for k = 1:numel(masses)
  ratio = seconds(masses{k}) / usual;
  expectTrue(ratio < 8, sprintf('table %d takes %.1f times as long as continuous data', k, ratio));
end
end

function taken = seconds(data)
start = cputime();
codec_scores(data(:, 1:2), data(:, 3), 1);
codec(data(:, 3), data(:, 2), data(:, 1));
taken = cputime() - start;
end

function codecOfManyRows()
data = pseudo(2600, 4, 10);
data(:, 2) = round(data(:, 2) * 40) / 10;
labels = responseOf(data(:, 1) + data(:, 2) .* data(:, 3));
options = struct('ties', 'average');
withZ = bruteValues(labels.labels, data(:, [2, 3, 4]), [1, 1, 1], 0, 1, options);
withoutZ = bruteValues(labels.labels, data(:, [2, 3]), [1, 1], 0, 0, options);
expected = sumOverRows(withZ - withoutZ) / sumOverRows(labels.labels - withoutZ);
expectEqual(codec(data(:, 1) + data(:, 2) .* data(:, 3), data(:, 4), data(:, 2:3)), expected);
end

function fociOfManyRows()
X = pseudo(2000, 12, 11);
X(:, 4:6) = floor(5 * X(:, 4:6));
y = X(:, 1) .* X(:, 2) + X(:, 4) + 0.1 * pseudo(2000, 1, 12);
response = responseOf(y);
options = struct('ties', 'average');
[selected, scores] = foci(X, y, 'standardize', 'none', 'max_features', 3);
expectEqual(numel(selected), 3);
for k = 1:3
  withZ = bruteValues(response.labels, X(:, selected(1:k)), ones(1, k), 0, 0, options);
  if k == 1
    expectEqual(scores(1), coefficient(response, sumOverRows(withZ)));
  else
    remaining = sumOverRows(response.labels - before);
    expectEqual(scores(k), sumOverRows(withZ - before) / remaining);
  end
  before = withZ;
end
end

function memoryChangesNothing()
X = pseudo(2500, 8, 13);
y = X(:, 1) .* X(:, 2) + X(:, 3);
[selected, scores] = foci(X, y);
[again, same] = foci(X, y, 'memory_limit', 2^20, 'n_jobs', -1);
expectEqual(again, selected);
expectEqual(same, scores);
end

function base = withLists(base, lengths)
[base.lists, base.order] = nearestLists(base.columns, base.weights, lengths, base.tile);
end

function expectBrute(data, s, standardize, prepare, K)
% candidateValues of the columns after the first S, from K neighbours, by all three rules.
if nargin < 5
  K = 1;
end
[n, p] = size(data);
y = mod((1:n)' * 7, 23) + (data(:, end) > median(data(:, end)));
labels = responseOf(y);
labels = labels.labels;
if max(data(:)) < 1e-100
  standardize = 'none';  % other weights would be infinite
end
weights = columnWeights(standardize, 'X', data);
set = columnSet(data, weights);
base = prepare(conditionOn(columnSet(set, 1:s), s, struct('memory_limit', Inf)));
for rule = {'average', 'random', 'first'}
  options = struct('ties', rule{1}, 'seed', 2^40 + 3, 'memory_limit', Inf, 'n_neighbors', K);
  [values, base] = candidateValues(labels, base, columnSet(set, s + 1:p), p - s, options);
  for j = s + 1:p
    expectEqual(values(:, j - s), bruteValues(labels, data(:, [1:s, j]), weights([1:s, j]), ...
                                              j - 1, s, options));
  end
end
end

function expectNearest(data, weights, rows, rule, tile, prunes)
labels = responseOf(mod((1:size(data, 1))' * 11, 601));
labels = labels.labels;
options = withNeighbors(struct('ties', rule, 'seed', 6));
resolve = @(i, owner, member, nearer) resolveTies(labels, i, 3, owner, member, nearer, 2, options);
[values, nearest, left] = leafValues(data, weights, rows, resolve, tile, 1);
expectTrue(isempty(setxor(left, rows(isnan(values)))), 'the rows left should be NaN');
expectEqual(isempty(left), prunes);
some = 1:7:numel(rows);
expected = bruteValues(labels, data, weights, 3, 2, options, rows(some)');
expected(left) = NaN;
expectEqual(values(some), expected(rows(some)));
end

function tables = uglyTables(n, p)
% Lattices, tenths, repeated rows, offsets, values near the smallest and the largest, mixed kinds,
% and differences that vanish when squared.
mixed = pseudo(n, p, 20);
mixed(:, 1:2:p) = floor(5 * mixed(:, 1:2:p));
vanishing = 1e-170 * floor(3 * pseudo(n, p, 19));
vanishing(pseudo(n, p, 18) < 0.4) = 1;
copies = pseudo(ceil(n / 3), p, 21);
tables = {floor(7 * pseudo(n, p, 22)), round(40 * (pseudo(n, p, 23) - 0.5)) * 0.1, ...
          1e8 + pseudo(n, p, 24), repmat(copies, 3, 1), 1e-152 * pseudo(n, p, 25), ...
          1e150 * pseudo(n, p, 26), mixed, tan(3.1 * (pseudo(n, p, 27) - 0.5)), ...
          double(pseudo(n, p, 28) < 0.3), vanishing, pseudo(n, p, 29)};
tables{4} = tables{4}(1:n, :);
end
