function selected = exhaustive_foci(X, y, count)
%EXHAUSTIVE_FOCI The first COUNT columns that foci selects, and one step more, by all pairs.
[~, order] = sort(y);
labels = zeros(size(y));
labels(order) = 1:numel(y);
selected = zeros(1, 0);
candidates = 1:size(X, 2);
for step = 0:count
  totals = sum(exhaustive_values(labels, X(:, selected), X(:, candidates)), 1);
  if step < count
    [~, best] = max(totals);
    selected(end + 1) = candidates(best);
    candidates(best) = [];
  end
end
end
