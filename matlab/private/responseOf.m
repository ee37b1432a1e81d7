function response = responseOf(y, options)
%RESPONSEOF Integer labels of y and the sums that the unconditional coefficient needs.
%   response.labels     n x 1  ranks R_i = #{j : y_j <= y_i}; with options.classes, class numbers
%   response.factor     1 x 1  n; n - 1 for classes
%   response.sumSquare  1 x 1  sum L_i^2 with L_i = #{j : y_j >= y_i}; for classes, of n_k rows
%                              each, sum n_k (n_k - 1)
%   response.sumSpread  1 x 1  sum L_i (n - L_i); n (n - 1) less the above for classes; 0 exactly
%                              when y is constant
%   Ties in y are counted, never ordered: equal values have equal ranks.
n = numel(y);
[~, ~, group] = unique(y);
counts = accumarray(group(:), 1);  % whole numbers
if nargin > 1 && options.classes
  response.labels = reshape(group, n, 1);
  response.factor = n - 1;
  response.sumSquare = sum(counts .* (counts - 1));  % whole numbers
  response.sumSpread = n * (n - 1) - response.sumSquare;
else
  upTo = cumsum(counts);  % whole numbers
  atLeast = reshape(n - upTo(group) + counts(group), n, 1);
  response.labels = reshape(upTo(group), n, 1);
  response.factor = n;
  % Products are exact doubles; their sums exceed 2^53 from n = 2e5 on and are exact in int64.
  response.sumSquare = double(sum(int64(atLeast .* atLeast), 'native'));  % whole numbers
  response.sumSpread = double(sum(int64(atLeast .* (n - atLeast)), 'native'));  % whole numbers
end
response.atMost = response.labels;
end
