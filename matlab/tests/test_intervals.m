function tests = test_intervals()
%TEST_INTERVALS Intervals of codec and of xi, and responses of several columns.
tests = {@equalsItsDescription, @undefinedCases, @badInput, @vectorsEqualTheirDefinition, ...
         @vectorOfOne, @vectorsInFoci};
end

function equalsItsDescription()
data = pseudo(60, 3, 1);
[y, z, x] = deal(data(:, 1) + data(:, 2), floor(4 * data(:, 2)), data(:, 3));
orders = permutations(60, 0:19, 3);
T = zeros(20, 1);
U = zeros(20, 1);
for b = 1:20
  rows = sort(orders(1:25, b));
  T(b) = codec(y(rows), z(rows), x(rows), 'ties', 'first');
  U(b) = xi(z(rows), y(rows));
end
options = {'n_resamples', 20, 'subsample_size', 25, 'seed', 3, 'level', 0.9};
result = codec_interval(y, z, x, options{:}, 'ties', 'first');
expectEqual(result.statistic, codec(y, z, x, 'ties', 'first'));
expectEqual(result.se, sqrt(var(T) / (60 * (1 / 25 - 1 / 60))), 1e-12);
expectEqual(result.high - result.statistic, 1.6448536269514722 * result.se, 1e-12);
expectEqual(result.statistic - result.low, 1.6448536269514722 * result.se, 1e-12);
expectEqual([result.level, result.m, result.used], [0.9, 25, 20]);
result = xi_interval(z, y, options{:});
expectEqual(result.statistic, xi(z, y));
expectEqual(result.se, sqrt(var(U) / (60 * (1 / 25 - 1 / 60))), 1e-12);
sizes_ = [11, 10; 256, 64; 255, 63; 6561, 729];
for k = 1:4
  result = xi_interval((1:sizes_(k, 1))', pseudo(sizes_(k, 1), 1, k), 'n_resamples', 2);
  expectEqual(result.m, sizes_(k, 2));
end
end

function undefinedCases()
z = pseudo(60, 1, 2);
result = expectWarning(@() codec_interval(ones(60, 1), z), 'lcodec:constantResponse');
expectTrue(all(isnan([result.statistic, result.se, result.low, result.high])), 'should be NaN');
expectEqual(result.used, 0);
y = double((1:60)' == 5);
options = {'n_resamples', 20, 'subsample_size', 10};
result = expectWarning(@() xi_interval(z, y, options{:}), 'lcodec:undefinedSubsamples');
orders = permutations(60, 0:19, 0);
expectEqual(result.used, nnz(any(orders(1:10, :) == 5, 1)));
end

function badInput()
y = pseudo(20, 1, 3);
expectError(@() codec_interval(y), 'lcodec:missingInput');
expectError(@() xi_interval(y), 'lcodec:missingInput');
expectError(@() codec_interval(y(1:10), y(1:10)), 'lcodec:tooFewRows');
cases = {'level', 1; 'level', 0; 'n_resamples', 1; 'subsample_size', 9; 'subsample_size', 20; ...
         'n_neighbors', 12};
for k = 1:size(cases, 1)
  expectError(@() codec_interval(y, y, cases{k, :}), 'lcodec:optionRange');
end
expectError(@() codec_interval(y, y, 'level', 'high'), 'lcodec:optionType');
expectError(@() codec_test([y, y], y), 'lcodec:notVector');
end

function vectorsEqualTheirDefinition()
data = {pseudo(40, 5, 1), floor(3 * pseudo(40, 5, 2))};
for k = 1:2
  [y, z, x] = deal(data{k}(:, 1:3), data{k}(:, 4), data{k}(:, 5));
  all_ = @(A) codec(y(:, 1), A) + codec(y(:, 2), [y(:, 1), A]) + codec(y(:, 3), [y(:, 1:2), A]);
  known = codec(y(:, 2), y(:, 1)) + codec(y(:, 3), y(:, 1:2));
  T = @(A) 1 - (3 - all_(A)) / (3 - known);
  expectEqual(codec(y, z), T(z), 1e-12);
  expectEqual(codec(y, z, x), (T([x, z]) - T(x)) / (1 - T(x)), 1e-12);
  several = {'n_neighbors', 3};
  all_ = @(A) codec(y(:, 1), A, [], several{:}) + codec(y(:, 2), [y(:, 1), A], [], several{:}) + ...
              codec(y(:, 3), [y(:, 1:2), A], [], several{:});
  known = codec(y(:, 2), y(:, 1), [], several{:}) + codec(y(:, 3), y(:, 1:2), [], several{:});
  T = @(A) 1 - (3 - all_(A)) / (3 - known);
  expectEqual(codec(y, z, x, several{:}), (T([x, z]) - T(x)) / (1 - T(x)), 1e-12);
end
end

function vectorOfOne()
data = floor(3 * pseudo(40, 3, 4));
expectEqual(codec(data(:, 1), data(:, 2), data(:, 3)), ...
            codec(data(:, 1), data(:, 2), data(:, 3), 'response', 'ordered'));
y = [data(:, 1), ones(40, 1)];
T = expectWarning(@() codec(y, data(:, 2)), 'lcodec:constantResponse');
expectTrue(isnan(T), 'a constant column should give NaN');
end

function vectorsInFoci()
X = pseudo(150, 5, 5);
y = [X(:, 2), X(:, 4) + 0.1 * X(:, 1)];
[selected, scores, info] = foci(X, y, 'stop', false);
expectEqual(sort(selected(1:2)), [2, 4]);
scaled = {'standardize', 'std'};
expectEqual(scores(1), codec(y, X(:, selected(1)), [], scaled{:}));
expectEqual(scores(2), codec(y, X(:, selected(2)), X(:, selected(1)), scaled{:}));
expectEqual(info.cumulative(2), codec(y, X(:, selected(1:2)), [], scaled{:}), 1e-12);
again = codec_scores(X, y, selected(1));
expectEqual(again(selected(2)), scores(2));
chosen = foci(X, y, 'given', selected(1), 'max_features', 1);
expectEqual(chosen, selected(2));
often = foci_stability(X, y, 'n_resamples', 2, 'fraction', 0.9, 'max_features', 2);
expectEqual(often, [0, 1, 0, 1, 0]);
y(:, 2) = 1;
often = expectWarning(@() foci_stability(X, y, 'n_resamples', 2), 'lcodec:constantResponse');
expectEqual(often, zeros(1, 5));
expectMessage(@() foci(X, y, 'stop', 'test'), 'lcodec:optionValue', ...
              '`stop` ''test'' needs `y` of one column, got 2');
expectMessage(@() foci_stability(X, y, 'response', 'nominal'), 'lcodec:optionValue', ...
              '`response` ''nominal'' needs `y` of one column, got 2');
end
