function [z, pvalue] = momentTest(statistic, response, columns, weights, options)
%MOMENTTEST How many standard deviations T(Y, Z) is above its mean over all permutations, and p.
%   The sum over rows of the values of nearest rows is a sum over pairs of a weight of the neighbour
%   graph times b_ij, what a pair of responses is worth: min(R_i, R_j), or whether the classes are
%   equal. Both moments over all permutations are known: Mantel, Cancer Research 27:209-220, 1967.
%   NaN and 1 where all permutations give the same T. See lcodec/dependence/inference/moments.py.
number = constants();
K = options.n_neighbors;
n = numel(response.labels);
[squares, degrees] = graphSums(columns, weights, options);
[mean_, b2, b3] = pairSums(response.labels, options.classes);
a2 = squares / (K * K);
a3 = degrees / (K * K);
two = n * (n - 1);
three = two * (n - 2);
terms = [2 * a2 * b2 / two, 4 * ((a3 - a2) * (b3 - b2)) / three, 0];
if n > 3
  terms(3) = 4 * ((a2 - 2 * a3) * (b2 - 2 * b3)) / (three * (n - 3));
end
variance_ = (terms(1) + terms(2)) + terms(3);
if ~(variance_ > number.ROUNDING * ((abs(terms(1)) + abs(terms(2))) + abs(terms(3))))
  variance_ = 0;
end
deviation = response.factor * sqrt(variance_) / response.sumSpread;
if deviation <= number.ROUNDING
  z = NaN;
  pvalue = 1;
  return
end
z = (statistic - coefficient(response, n * mean_)) / deviation;
pvalue = upperTail(z);
end

function [mean_, squares, degrees] = pairSums(labels, classes)
% Mean of b over ordered pairs i ~= j; with b less that, sum b_ij^2 and sum_i (sum_j b_ij)^2. Whole
% numbers, below 2^63, until a division.
n = numel(labels);
pairs = n * (n - 1);
if classes
  counts = accumarray(labels, 1);  % whole numbers
  byRow = counts(labels) - 1;
  total = int64(sum(byRow));  % whole numbers
  squares = double(total) * (pairs - double(total)) / pairs;
else
  rank = sort(labels);
  others = (n - 1:-1:0)';
  byRow = cumsum(rank) - rank + rank .* others;  % whole numbers
  total = sum(int64(byRow), 'native');  % whole numbers
  deviation = double(int64(pairs) .* int64(rank) - total) / pairs;
  value = others .* (deviation .* deviation);
  squares = 2 * sumOverRows(value, max(abs(value)));
end
mean_ = double(total) / pairs;
deviation = double(int64(n) .* int64(byRow) - total) / n;
deviation = deviation .* deviation;
degrees = sumOverRows(deviation, max(abs(deviation)));
end
