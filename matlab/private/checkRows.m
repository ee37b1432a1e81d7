function checkRows(value, name, missing, rows, like)
%CHECKROWS Refuse a wrong number of rows, and values that are not finite.
n = size(value, 1);
if nargin > 3
  if n ~= rows
    refuse('lcodec:sizeMismatch', '`%s` must have %d rows like `%s`, got %d', name, rows, like, n);
  end
elseif n < 3
  refuse('lcodec:tooFewRows', '`%s` must have at least 3 rows, got %d', name, n);
elseif n > 2^21 - 1  % sums of n^3 stay below 2^63
  refuse('lcodec:tooManyRows', '`%s` must have at most %d rows, got %d', name, 2^21 - 1, n);
end
what = 'NaN or infinite';
count = sum(~isfinite(value(:)));
if strcmp(missing, 'drop')
  what = 'infinite';
  count = sum(isinf(value(:)));
end
if count == 1
  refuse('lcodec:nonFinite', '`%s` must be finite, got 1 %s value', name, what);
elseif count > 0
  refuse('lcodec:nonFinite', '`%s` must be finite, got %d %s values', name, count, what);
end
end
