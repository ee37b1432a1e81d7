function tests = test_order()
%TEST_ORDER Sums whose bits depend on their order are added from left to right.
tests = {@addsInOrder, @partialSums, @weightsOfManyColumns, @boundsOfDistances, ...
         @meansOfDraws};
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

function weightsOfManyColumns()
data = sqrt(pseudo(200, 3, 4));  % numbers of 53 bits, whose sums are rounded
mean_ = leftToRightSum(data) / 200;
expectEqual(variance(data), leftToRightSum((data - mean_) .* (data - mean_)) / 199);
expectEqual(columnWeights('std', 'X', data), 1 ./ variance(data));
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
    total = total + codec_scores(jitter(X, draw, 3, options), jitter(y, draw, 2, options));
  end
  [selected, scores, info] = lfoci(X, y, 'sigma', 0.3, 'draws', 13, 'max_features', 1, ...
                                   'seed', seed);
  expectEqual(scores, total(selected) / 13);
  expectEqual(info.cumulative, total(selected) / 13);
end
end
