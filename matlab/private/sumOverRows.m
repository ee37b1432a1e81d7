function total = sumOverRows(columns, bound)
%SUMOVERROWS Sum of each column, whose bits do not depend on the order of the rows.
%   BOUND (1 x 1 or 1 x p) is at least the size of every number; n, the number of rows, by default,
%   as means of ranks have it. For n < 2^k numbers below 2^e let c be 1.5 * 2^(e+k-1). Then
%   (x + c) - c is x rounded to a multiple of 2^(e+k-53), and a sum of n such numbers is exact: they
%   are whole numbers of these units, and the sum stays below 2^53. What the rounding left is
%   rounded and added in the same way. See lcodec/neighbors/sums.py, which has the same bits.
n = size(columns, 1);
if nargin < 2
  bound = n;
end
[~, k] = log2(n);
[~, e] = log2(bound);
c = pow2(1.5, e + k - 1);
first = (columns + c) - c;
c = pow2(1.5, e + 2 * k - 55);
rest = ((columns - first) + c) - c;
total = sum(first, 1) + sum(rest, 1);  % whole numbers
end
