function tests = test_order()
%TEST_ORDER Sums whose bits depend on their order are added from left to right.
tests = {@addsInOrder, @partialSums, @weightsOfManyColumns};
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
data = pseudo(200, 3, 4);
mean_ = leftToRightSum(data) / 200;
expectEqual(variance(data), leftToRightSum((data - mean_) .* (data - mean_)) / 199);
expectEqual(columnWeights('std', 'X', data), 1 ./ variance(data));
end
