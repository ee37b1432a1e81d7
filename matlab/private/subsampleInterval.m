function result = subsampleInterval(statistic, ofRows, n, options)
%SUBSAMPLEINTERVAL Interval around a statistic of n rows, from subsamples without replacement.
%   ofRows(rows) gives the statistic of some rows, NaN where it is undefined; such subsamples are
%   left out. The variance of a subsample's m rows among n falls like 1/m - 1/n, that of the
%   statistic like 1/n. The rows of subsample b are the first m in the order of resample b.
m = options.subsample_size;
result = struct('statistic', statistic, 'se', NaN, 'low', NaN, 'high', NaN, ...
                'level', options.level, 'm', m, 'used', 0);
if isnan(statistic)
  return
end
total = options.n_resamples;
values = zeros(total, 1);
block = max(1, floor(2e5 / n));
for first = 0:block:total - 1
  resamples = first:min(first + block, total) - 1;
  orders = permutations(n, resamples, options.seed);
  rows = sort(orders(1:m, :), 1);
  for k = 1:numel(resamples)
    values(resamples(k) + 1) = ofRows(rows(:, k));
  end
end
values = values(~isnan(values));
used = numel(values);
if used < total
  warn('lcodec:undefinedSubsamples', total - used, total);
end
if used > 1
  deviation = values - leftToRightSum(values) / used;
  result.se = sqrt(leftToRightSum(deviation .* deviation) / (used - 1) * m / (n - m));
end
reach = -normalQuantile((1 - options.level) / 2) * result.se;
result.low = statistic - reach;
result.high = statistic + reach;
result.used = used;
end
