function pvalue = bestOfAll(table, candidates, statistic, options)
%BESTOFALL The p-value of the best coefficient of a step, STATISTIC, among all CANDIDATES.
%   Responses are exchanged as in CODEC_TEST, and each exchange has its own best candidate: these
%   are the null distribution of the best. The neighbours of a candidate are found once for all
%   exchanges; as many candidates are held at once as fit into the memory.
number = constants();
n = numel(table.response.labels);
columns = table.set.columns(:, table.chosen);
weights = table.set.weights(table.chosen);
without = [];
near = [];
if ~isempty(table.chosen)
  without = tieSets(columns, weights, options);
  near = nearestRows(columns, weights, min(options.shuffle_neighbors, n - 1));
end
best = -Inf(1, options.n_resamples);
left = NaN(1, options.n_resamples);
next = 1;
while next <= numel(candidates)
  sets = {};
  held = 0;
  longest = n;
  while next <= numel(candidates) && held < options.memory_limit / 2
    axes_ = table.axes{candidates(next)};
    sets{end + 1} = tieSets([columns, table.set.columns(:, axes_)], ...
                            [weights, table.set.weights(axes_)], options);  %#ok<AGROW>
    held = held + 16 * sets{end}.listed + 24 * n;
    longest = max(longest, sets{end}.listed);
    next = next + 1;
  end
  block = max(1, floor(min(5e5, options.memory_limit / 64) / longest));
  for first = 1:block:options.n_resamples
    some = first:min(first + block - 1, options.n_resamples);
    labels = exchanged(table.response.labels, near, some - 1, options.seed);
    less = 0;
    if ~isempty(without)
      less = without.means(labels);
      left(some) = sumOverRows(gainOf(labels, labels, options.classes) - less);
    end
    for k = 1:numel(sets)
      best(some) = max(best(some), sumOverRows(sets{k}.means(labels) - less));
    end
  end
end
if isempty(without)
  T = coefficient(table.response, best);
else
  T = coefficient(table.response, best, left);
end
% an exchange without a value counts against the candidate
pvalue = (1 + nnz(~(T < statistic - number.ROUNDING))) / (1 + options.n_resamples);
end

function labels = exchanged(labels, near, resamples, seed)
% The labels of all rows in each resample: of any rows, or of rows NEAR them.
[rows, words] = permutations(numel(labels), resamples, seed);
if ~isempty(near)
  rows = localExchanges(near, rows, words);
end
labels = reshape(labels(rows), size(rows));
end
