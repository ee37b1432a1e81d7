function values = tiledValues(values, labels, base, candidates, ids, options)
%TILEDVALUES What is left of CANDIDATEVALUES: exhaustive search, in tiles of rows.
%   The distances in the chosen columns are computed once for all candidates.
n = numel(labels);
rows = find(any(isnan(values), 2));
block = max(1, floor(tileSize(options) / n));
for first = 1:block:numel(rows)
  some = rows(first:min(first + block - 1, end));
  shared = tileDistances(base.columns, base.weights, some);
  for j = find(any(isnan(values(some, :)), 1))
    undone = find(isnan(values(some, j)));
    x = candidates.columns(:, j);
    t = x(some(undone))' - x;
    distance = shared(:, undone) + (t .* t) .* candidates.weights(j);
    [member, owner] = find(distance == min(distance, [], 1));
    values(some(undone), j) = resolveTies(labels, some(undone), ids(j), owner(:), member(:), ...
                                          base.step, options);
  end
end
end
