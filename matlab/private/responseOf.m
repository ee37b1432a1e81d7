function response = responseOf(y)
%RESPONSEOF Integer ranks of y and the sums that the unconditional coefficient needs.
%   response.atMost     n x 1  R_i = #{j : y_j <= y_i}
%   response.sumSquare  1 x 1  sum L_i^2 with L_i = #{j : y_j >= y_i}
%   response.sumSpread  1 x 1  sum L_i (n - L_i); 0 exactly when y is constant
%   Ties in y are counted, never ordered: equal values have equal ranks.
n = numel(y);
[~, ~, group] = unique(y);
counts = accumarray(group(:), 1);  % whole numbers
upTo = cumsum(counts);  % whole numbers
response.atMost = reshape(upTo(group), n, 1);
atLeast = reshape(n - upTo(group) + counts(group), n, 1);
% Products are exact doubles; their sums exceed 2^53 from n = 2e5 on and are exact in int64.
response.sumSquare = double(sum(int64(atLeast .* atLeast), 'native'));  % whole numbers
response.sumSpread = double(sum(int64(atLeast .* (n - atLeast)), 'native'));  % whole numbers
end
