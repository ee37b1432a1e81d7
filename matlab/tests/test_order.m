function tests = test_order()
%TEST_ORDER Sums have the same bits in every order of the rows, or are added from left to right.
tests = {@addsInOrder, @partialSums, @sumsInNoOrder, @permutedColumnsHaveEqualWeights, ...
         @boundsOfDistances, @meansOfDraws};
end

function addsInOrder()
% 1 is lost beside 2^53 unless another 1 was added before it.
columns = [2^53, 1, 1e-9; 1, 1, 2^53; 1, 2^53, 1; -2^53, 0, 1];
expectEqual(leftToRightSum(columns), [0, 2^53 + 2, 2^53]);
values = pseudo(1000, 3, 1) .* 10.^(20 * pseudo(1000, 3, 2) - 10);
total = zeros(1, 3);
for k = 1:1000
  total = total + values(k, :);
end
expectEqual(leftToRightSum(values), total);
end

function partialSums()
values = pseudo(300, 2, 3) - 0.4;
[total, partial] = leftToRightSum(values);
for k = 1:300
  expectEqual(partial(k, :), leftToRightSum(values(1:k, :)));
end
expectEqual(total, partial(300, :));
end

function sumsInNoOrder()
% A sum over rows is the same bits for every order of the rows, and exact for means over tie sets.
data = sqrt(pseudo(200, 3, 4)) .* [1, 1e8, 1e-100];  % numbers of 53 bits
bound = max(data, [], 1);
[~, order] = sort(pseudo(200, 1, 5));
expectEqual(sumOverRows(data(order, :), bound), sumOverRows(data, bound));
expectEqual(variance(data(order, :)), variance(data));
expectEqual(columnWeights('std', 'X', data), 1 ./ variance(data));
expectEqual(columnWeights('std', 'X', data(order, :)), columnWeights('std', 'X', data));
expectEqual(variance(data) ./ var(data), ones(1, 3), 1e-13);
expectEqual(sumOverRows([2 + 2^-51; 2^-53; 2^-53; -1]), 1 + 3 * 2^-52);  % rounded once, at the end
thirds = [1; 4; 5; 7; 10] / 3;
expectEqual(sumOverRows(thirds), 9);
end

function permutedColumnsHaveEqualWeights()
values = floor(7 * pseudo(60, 1, 7)) / 10;
[~, order] = sort(pseudo(60, 5, 8));
X = values(order);
weights = columnWeights('std', 'X', X);
expectEqual(weights, repmat(weights(1), 1, 5));
y = X(:, 1) + X(:, 2) + round(2 * pseudo(60, 1, 9));
[~, rows] = sort(pseudo(60, 1, 10));
[selected, scores, info] = foci(X, y, 'stop', false);
[again, same, other] = foci(X(rows, :), y(rows), 'stop', false);
expectEqual(again, selected);
expectEqual(same, scores);
expectEqual(other.cumulative, info.cumulative);
end

function boundsOfDistances()
% Beside a square near realmax each of 16 others is lost; together they would overflow.
largest = sqrt(realmax);
small = sqrt(0.4 * eps(realmax));
data = [zeros(1, 17); largest, repmat(small, 1, 16); zeros(1, 17)];
expectEqual(columnWeights('none', 'X', data), ones(1, 17));
data(2, 2) = sqrt(2 * eps(realmax));
expectError(@() columnWeights('none', 'X', data), 'lcodec:badScale');
end

function meansOfDraws()
% LFOCI adds the coefficients of its tables in the order of the draws.
X = pseudo(40, 2, 5);
y = X(:, 1) + 0.3 * pseudo(40, 1, 6);
for seed = 1:4
  options = struct('sigma', 0.3, 'standardize', 'std', 'seed', seed);
  total = zeros(1, 2);
  for draw = 0:12
    total = total + codec_scores(jitter(X, 'X', draw, 3, options), ...
                                 jitter(y, 'y', draw, 2, options));
  end
  [selected, scores, info] = lfoci(X, y, 'sigma', 0.3, 'draws', 13, 'max_features', 1, ...
                                   'seed', seed);
  expectEqual(scores, total(selected) / 13);
  expectEqual(info.cumulative, total(selected) / 13);
end
end
