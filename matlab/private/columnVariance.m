function value = columnVariance(columns)
%COLUMNVARIANCE Sample variance of each column, 1 x p, by plain left-to-right sums as in Python.
n = size(columns, 1);
deviation = columns - inOrderSum(columns) ./ n;
value = inOrderSum(deviation .* deviation) ./ (n - 1);
end
