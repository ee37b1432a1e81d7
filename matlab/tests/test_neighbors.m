function tests = test_neighbors()
%TEST_NEIGHBORS K nearest rows, and labels that are classes, against all pairs of rows, bit by bit.
tests = {@everyRuleOnUglyData, @otherChosenColumns, @everyOtherRow, @shortListsAreContinued, ...
         @manyRows, @drawsWithoutReplacement};
end

function everyRuleOnUglyData()
tables = uglyTables(47, 4);
for k = 1:numel(tables)
  for chosen = 0:2
    expectBrute(tables{k}, chosen, [2, 3, 4, 7], @(base) base);
  end
end
end

function otherChosenColumns()
% No chosen column, one of few values, a constant one, four.
n = 120;
data = [floor(3 * pseudo(n, 1, 1)), zeros(n, 1), floor(4 * pseudo(n, 2, 2)), pseudo(n, 1, 3), ...
        floor(5 * pseudo(n, 1, 4)), round(20 * pseudo(n, 1, 5)) / 20];
for chosen = 0:4
  expectBrute(data, chosen, [1, 2, 5, 30], @(base) base);
end
end

function everyOtherRow()
tables = uglyTables(20, 3);
for k = 1:numel(tables)
  for chosen = 0:2
    expectBrute(tables{k}, chosen, [18, 19], @(base) base);
  end
end
end

function shortListsAreContinued()
tables = uglyTables(60, 4);
for k = 1:numel(tables)
  for chosen = 1:2
    expectBrute(tables{k}, chosen, [2, 4], @(base) withLists(base, [5, 9]));
    expectBrute(tables{k}, chosen, 3, @(base) withLists(base, 59));
  end
end
end

function manyRows()
% Boxes, long lists, and stretches and cells in parts.
n = 2300;
data = [pseudo(n, 3, 6), floor(30 * pseudo(n, 2, 7))];
tables = {data(:, 1:3), data(:, [4, 5, 1]), data(:, [1, 4, 5]), [data(:, 4), data(:, 4:5)]};
labels = responseOf(mod((1:n)' * 11, 601));
labels = labels.labels;
rules = {'average', 'random', 'first'};
some = 1:46:n;
for k = 1:numel(tables)
  for K = [2 + 8 * (mod(k, 2) == 0), 60]
    options = struct('ties', rules{mod(k + K, 3) + 1}, 'seed', 9, 'n_neighbors', K, ...
                     'classes', k == 2, 'memory_limit', Inf);
    for s = [0, 2]
      set = columnSet(tables{k}, [1, 1, 1]);
      base = conditionOn(columnSet(set, 1:s), s, options);
      for expected = [1, 100 * (s > 0)]
        values = candidateValues(labels, base, columnSet(set, 3), expected, options);
        brute = bruteValues(labels, tables{k}(:, [1:s, 3]), ones(1, s + 1), 2, s, options, some);
        expectEqual(values(some), brute(some));
      end
    end
  end
end
end

function drawsWithoutReplacement()
% Elements are different, and with as many as there are, all.
options = struct('ties', 'random', 'seed', 4);
counts = repmat([9; 10; 40], 30, 1);
element = chosenElements(counts, 9 + zeros(90, 1), (1:90)', 3, 2, options);
sorted = sort(element, 2);
expectTrue(all(all(diff(sorted, 1, 2) > 0)), 'an element was drawn twice');
expectEqual(sorted(1:3:end, :), repmat(0:8, 30, 1));
expectTrue(all(element(:) < reshape(repmat(counts, 1, 9), [], 1)), 'there are fewer elements');
expectTrue(numel(unique(element(3:3:end, 1))) > 10, 'elements should differ');
end

function base = withLists(base, lengths)
[base.lists, base.order] = nearestLists(base.columns, base.weights, lengths, base.tile);
end

function expectBrute(data, s, neighbors, prepare)
% candidateValues of the columns after the first S, by a rule for each K, of ranks or classes.
[n, p] = size(data);
labels = responseOf(mod((1:n)' * 7, 23) + (data(:, end) > median(data(:, end))));
labels = labels.labels;
standardize = 'std';
if max(data(:)) < 1e-100
  standardize = 'none';  % other weights would be infinite
end
weights = columnWeights(standardize, 'X', data);
set = columnSet(data, weights);
base = prepare(conditionOn(columnSet(set, 1:s), s, struct('memory_limit', Inf)));
rules = {'average', 'random', 'first'};
for K = neighbors
  turn = K + s + floor(100 * abs(data(1, end)));
  options = struct('ties', rules{mod(turn, 3) + 1}, 'seed', 2^40 + 3, 'memory_limit', Inf, ...
                   'n_neighbors', K, 'classes', mod(turn, 2) == 1);
  label = labels;
  if options.classes
    label = mod(labels, 3) + 1;
  end
  values = candidateValues(label, base, columnSet(set, s + 1:p), p - s, options);
  for j = s + 1:p
    expectEqual(values(:, j - s), bruteValues(label, data(:, [1:s, j]), weights([1:s, j]), ...
                                              j - 1, s, options));
  end
end
end

function tables = uglyTables(n, p)
% Lattices, tenths, repeated rows, mixed kinds, values far apart, two values, steps that vanish
% when squared, and continuous ones.
mixed = pseudo(n, p, 20);
mixed(:, 1:2:p) = floor(5 * mixed(:, 1:2:p));
vanishing = 1e-170 * floor(3 * pseudo(n, p, 19));
vanishing(pseudo(n, p, 18) < 0.4) = 1;
copies = pseudo(ceil(n / 3), p, 21);
tables = {floor(7 * pseudo(n, p, 22)), round(40 * (pseudo(n, p, 23) - 0.5)) * 0.1, ...
          repmat(copies, 3, 1), mixed, tan(3.1 * (pseudo(n, p, 27) - 0.5)), ...
          double(pseudo(n, p, 28) < 0.3), vanishing, pseudo(n, p, 29)};
tables{3} = tables{3}(1:n, :);
end
