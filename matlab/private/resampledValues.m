function [pvalue, used] = resampledValues(statistic, response, sets, withoutZ, near, options)
%RESAMPLEDVALUES p-value of each statistic by resampled responses, and how many that took.
%   SETS (1 x m cells) has the neighbours that each statistic (1 x m) comes from, WITHOUTZ those in
%   x ([] without x), NEAR (n x k) the rows that responses are exchanged with, or [] for all rows.
%   One resample serves all columns that still need it; blocks of them change no result.
%   Besag & Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.
number = constants();
n = numel(response.labels);
m = numel(sets);
most = options.n_resamples;
enough = options.max_exceedances;
members = max([n, cellfun(@(one) one.listed, sets)]);
if ~isempty(withoutZ)
  members = max(members, withoutZ.listed);
end
largest = max(1, floor(5e5 / members));
block = largest;
if isempty(enough)
  enough = Inf;
else
  block = min(2 * enough, largest);
end
counts = zeros(1, m);
used = repmat(most, 1, m);
waiting = 1:m;
first = 0;
while first < most && ~isempty(waiting)
  resamples = first:min(first + block, most) - 1;
  [rows, words] = permutations(n, resamples, options.seed);
  if ~isempty(near)
    rows = localExchanges(near, rows, words);
  end
  labels = reshape(response.labels(rows), size(rows));
  without = [];
  if ~isempty(withoutZ)
    without = withoutZ.means(labels);
  end
  for k = waiting
    T = coefficientsOf(response, labels, sets{k}.means(labels), without, options);
    % means over tie sets are rounded: statistics this close count as equal; NaN counts against
    reached = counts(k) + cumsum(~(T < statistic(k) - number.ROUNDING));  % whole numbers
    counts(k) = reached(end);
    if counts(k) >= enough
      counts(k) = enough;
      used(k) = first + find(reached >= enough, 1);
    end
  end
  waiting = waiting(counts(waiting) < enough);
  first = first + numel(resamples);
  block = min(2 * block, largest);
end
pvalue = (1 + counts) / (1 + most);
stopped = counts >= enough;
pvalue(stopped) = counts(stopped) ./ used(stopped);
end
