function value = variance(columns)
%VARIANCE Sample variance of each column, 1 x p, whatever the order of its rows; as in Python.
n = size(columns, 1);
deviation = columns - sumOverRows(columns, max(abs(columns), [], 1)) ./ n;
square = deviation .* deviation;
value = sumOverRows(square, max(square, [], 1)) ./ (n - 1);
end
