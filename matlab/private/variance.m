function value = variance(columns)
%VARIANCE Sample variance of each column, 1 x p, by left-to-right sums as in Python.
n = size(columns, 1);
deviation = columns - leftToRightSum(columns) ./ n;
value = leftToRightSum(deviation .* deviation) ./ (n - 1);
end
