function m = subsampleSize(m, n)
%SUBSAMPLESIZE Rows of a subsample of n; by default floor(n^(3/4)) of IEEE operations.
number = constants();
if n <= number.LEAST_SUBSAMPLE
  fail('lcodec:tooFewRows', 'an interval needs at least %d rows, got %d', ...
       number.LEAST_SUBSAMPLE + 1, n);
end
if isempty(m)
  root = sqrt(sqrt(n));
  m = max(number.LEAST_SUBSAMPLE, floor(root * root * root));
elseif m >= n
  fail('lcodec:optionRange', ...
       '`subsample_size` must be less than the number of rows, %d, got %d', n, m);
end
end
