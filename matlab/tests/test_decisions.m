function tests = test_decisions()
%TEST_DECISIONS What a last bit, a tie, a limit or an end of the numbers decides.
tests = {@candidatesAreComparedByTheirSums, @roundingOfEqualStatistics, @undefinedResamples, ...
         @negativeGainsOfNothing, @largestUniformNumber, @largestSeed, @missingValuesOfARow, ...
         @sumsOfWholeNumbersAreExact, @sumsAreRoundedOnce, @boundsOverXAndZ, ...
         @columnsDoNotVanish, @copiesVary, @listsOnAnAxis, @listsEndBeforeTheProof, ...
         @otherGroupsAsNear, @rowsOnBothSides, @tiesInAnyOrder, @equalRows, ...
         @exchangesAreOfFreeRows, @nearestRowsAreCountedOn, @limitsOfASearch, ...
         @methodsNeedValuesThatDiffer};
end

function candidatesAreComparedByTheirSums()
% The larger sum wins, though rounding makes the coefficients equal.
y = (0:13)';
less = [1; 1; 1; 0; 1; 0; 0; 1; 1; 0; 0; 0; 0; 0];
larger = [2; 2; 2; 2; 2; 0; 0; 2; 2; 0; 1; 2; 0; 1];
scores = codec_scores([less, larger], y);
expectEqual(scores(1), scores(2));
expectEqual(foci([less, larger], y, 'max_features', 1), 2);
expectEqual(foci([larger, less], y, 'max_features', 1), 1);
expectEqual(foci([larger, larger], y, 'max_features', 1), 1);
end

function roundingOfEqualStatistics()
% 14 of 50 resamples reach T in exact fractions; in some of them rounding makes T smaller.
y = [4; 6; 3; 0; 5; 1; 2];
z = [1; 1; 2; 1; 1; 2; 2];
[~, p] = codec_test(y, z, [], 'n_resamples', 50, 'seed', 1);
expectEqual(p, 15 / 51);
end

function undefinedResamples()
% In one of 20 resamples x determines y, which counts against rejection.
y = [1; 0; 0; 1; 1; 0];
z = [1; 1; 1; 2; 1; 0];
x = [2; 0; 0; 1; 0; 1];
[T, p] = codec_test(y, z, x, 'n_resamples', 20, 'seed', 1);
expectEqual(T, 0.2, 1e-15);
expectEqual(p, 17 / 21);
end

function negativeGainsOfNothing()
% x determines y, and z leads away from it: nothing divided by nothing, and not -Inf.
x = [0; 0; 1; 1];
z = [0; 10; 0; 10];
T = expectWarning(@() codec([1; 1; 2; 2], z, x), 'lcodec:determinedResponse');
expectEqual(T, NaN);
end

function largestUniformNumber()
% All 53 bits are set in the words of this counter; half a unit more would round to 1.
words = philox4x32([11, 3766178994, 784376699, 1673716837], 35);
expectEqual(words(1:2), [2^32 - 1, 2^32 - 1]);
found = gaussian(12, 3766178994, 784376699, 1673716837, 35);
expectEqual(found(12), normalQuantile(1 - 2^-53));
end

function largestSeed()
y = pseudo(10, 1, 1);
expectError(@() codec(y, y, [], 'seed', 2^53), 'lcodec:optionRange');
expectEqual(codec(y, y, [], 'seed', 2^53 - 1), codec(y, y));
end

function missingValuesOfARow()
% One missing value leaves out its row, also where the row has other values.
data = pseudo(9, 3, 2);
holes = data;
holes(2, 3) = NaN;
holes(4, 2) = NaN;
keep = [1, 3, 5:9];
T = expectWarning(@() codec(data(:, 1), holes(:, 2:3), [], 'missing', 'drop'), ...
                  'lcodec:rowsDropped');
expectEqual(T, codec(data(keep, 1), data(keep, 2:3)));
end

function sumsOfWholeNumbersAreExact()
% Of 600,000 rows the sum of squares is above 2^53, and is rounded once, at the end.
n = 600000;
response = responseOf((1:n)');
expected = int64(n) * (n + 1) / 6 * (2 * n + 1);
expectEqual(response.sumSquare, double(expected));
expectEqual(response.sumSpread, double(int64(n) * n * (n + 1) / 2 - expected));
response = responseOf([1; 1; 2]);
expectEqual([response.sumSquare, response.sumSpread], [19, 2]);
end

function sumsAreRoundedOnce()
% In both parts of a sum over rows, whatever their order.
expectEqual(sumOverRows([2 + 2^-51; 2^-53; 2^-53; -1]), 1 + 3 * 2^-52);
values = sqrt(pseudo(400, 3, 3)) .* [400, 2^-36, -10];  % of 53 bits
values(:, 3) = values(:, 3) .* 10.^(-12 * pseudo(400, 1, 7));
for seed = 1:5
  [~, order] = sort(pseudo(400, 1, seed));
  expectEqual(sumOverRows(values(order, :)), sumOverRows(values));
end
end

function boundsOverXAndZ()
% Two squares that a double holds, and a sum that it does not.
y = (0:4)';
large = [0; 1.1e154; 3e153; 5e153; 8e153];
expectEqual(codec(y, large), codec(y, large * 2^-500));
expectError(@() codec(y, large, flipud(large)), 'lcodec:badScale');
end

function columnsDoNotVanish()
% A column that varies adds to every distance; a constant one does not.
values = (0:4)';
for scaling = {'none', 'std', 'range'}
  for size_ = [2e-170, 1e-155]
    expectError(@() columnWeights(scaling{1}, 'X', [values, size_ * values]), 'lcodec:badScale');
  end
  weights = expectWarning(@() columnWeights(scaling{1}, 'X', [0 * values, values]), '');
  expectEqual(weights(1), 0);
end
near = [0; 1e-155; 1; 1; 2];  % the nearest two values that differ decide
expectWarning(@() columnWeights('none', 'X', [1e-140; 1e-140; 1; 1; 2]), '');
expectWarning(@() columnWeights('none', 'X', near), 'lcodec:tinyDifferences');
end

function copiesVary()
% A copy is a line of another column over all rows; what hardly varies is none.
x = pseudo(300, 1, 4);
other = 3 - 2 * x;
expectEqual(copies([x, other], 1, 2), 2);
other(100) = other(100) + 1e-3;  % not among the rows that are looked at first
expectEqual(copies([x, other], 1, 2), zeros(1, 0));
expectEqual(copies([x, 1e8 + 1e-8 * (x > 0.5)], 1, 2), zeros(1, 0));
end

function listsOnAnAxis()
% Of one column: the tail is the nearer of the two rows that come next on both sides.
list = nearestLists([0; 1; 10; 100; 1000; 1001; 1e4], 1, 2, 2e5);
list = list{1};
expectEqual(list.tail, [100, 99^2, 100, 99^2, 990^2, 901^2, 9000^2]);
[members, distance] = listedRows(list, [1, 3]);
expectEqual(members(:, 2)', [2, 4]);
expectTrue(isequal(distance, [Inf, 81; 1, 8100]), 'the row below is nearer than the one above');
end

function listsEndBeforeTheProof()
% Rows 2, 3 and 4 are as near to row 1, and lists of one row or two do not tell.
x = [0, 0; 1, 0; -1, 0; 0, 1; 5, 5];
labels = [5; 1; 4; 2; 3];
options = withNeighbors(struct('ties', 'average', 'seed', 0, 'memory_limit', Inf));
base = conditionOn(columnSet(x, [1, 1]), 2, options);
set = columnSet([2; 2; 2; 2; 9], 1);
expected = bruteValues(labels, [x, set.columns], [1, 1, 1], 1, 2, options);
for lengths = {1, 2, [2, 4]}
  [base.lists, base.order] = nearestLists(x, [1, 1], lengths{1}, 2e5);
  values = listValues(NaN(5, 1), labels, base, set, options);
  known = ~isnan(values);
  expectEqual(values(known), expected(known));
  expectEqual(known(1), numel(lengths{1}) == 2);
end
end

function otherGroupsAsNear()
% The next value in the group is as far as the nearest other group.
chosen = [0; 0; 1; 1];
values = [0; 1; 0; 5];
options = struct('ties', 'average', 'seed', 0, 'memory_limit', Inf);
base = conditionOn(columnSet(chosen, 1), 1, options);
found = candidateValues([4; 1; 3; 2], base, columnSet(values, 1), 1, options);
expectEqual(found, [2; 1; 3; 1]);
end

function rowsOnBothSides()
% Of three rows in line the middle one has two nearest, and is none of them.
options = struct('ties', 'average', 'seed', 0);
expectEqual(nearestValues([3; 2; 1], [0; 1; 2], 1, 0, options), [2; 1.5; 1]);
end

function tiesInAnyOrder()
% 'first' is the lowest row, however the tie set was found.
options = withNeighbors(struct('ties', 'first', 'seed', 0));
expectEqual(resolveTies([4; 1; 3; 2], 1, 0, [1; 1; 1], [4; 2; 3], [], 0, options), 1);
expectEqual(resolveTies([4; 3; 1; 2], 1, 0, [1; 1; 1], [4; 3; 2], [], 0, options), 3);
options.ties = 'average';
expectEqual(resolveTies([4; 3; 1; 2], [1; 2], 0, [2; 1; 1], [3; 4; 2], [], 0, options), [2.5; 1]);
end

function equalRows()
% A row is none of its own equals, by every rule.
chosen = [1; 1; 1; 1; 2];
values = [3; 3; 3; 4; 3];
labels = [2; 4; 3; 1; 5];
for rule = {'average', 'random', 'first'}
  options = struct('ties', rule{1}, 'seed', 3, 'memory_limit', Inf);
  base = conditionOn(columnSet(chosen, 1), 1, options);
  found = candidateValues(labels, base, columnSet(values, 1), 1, options);
  expectEqual(found, bruteValues(labels, [chosen, values], [1, 1], 0, 1, options));
end
end

function exchangesAreOfFreeRows()
% Every row is visited once, in order; a row that was exchanged stays as it is.
near = [2; 3; 2];
given = localExchanges(near, [1; 2; 3], [0; 0; 0]);
expectEqual(given, [2; 1; 3]);
given = localExchanges([2, 3; 1, 3; 1, 2], [1; 2; 3], [2^31; 0; 0]);
expectEqual(given, [3; 2; 1]);
end

function nearestRowsAreCountedOn()
% Rows at the same distance come in the order of their numbers, from the row itself on.
expectEqual(nearestRows([0; 1; 0; 1; 0], 1, 2), [3, 5; 4, 3; 5, 1; 2, 5; 1, 3]);
end

function limitsOfASearch()
% A gain that is just `min_gain` ends the search, and so does the limit of columns.
X = pseudo(60, 3, 5);
y = X(:, 2) + 0.3 * X(:, 1);
[~, scores] = foci(X, y, 'max_features', 1);
[selected, ~, info] = foci(X, y, 'min_gain', scores(1));
expectEqual(selected, zeros(1, 0));
expectEqual(info.stop_reason, 'no_gain');
expectEqual(foci(X, y, 'min_gain', scores(1) - 1e-12, 'max_features', 1), 2);
end

function methodsNeedValuesThatDiffer()
y = pseudo(9, 1, 6);
tied = y;
tied(9) = tied(1);
expectError(@() codec_test(tied, y, [], 'method', 'asymptotic'), 'lcodec:optionValue');
expectError(@() codec_test(y, tied, [], 'method', 'asymptotic'), 'lcodec:optionValue');
end
