function values = exhaustive_values(labels, chosen, candidates)
%EXHAUSTIVE_VALUES Mean of min(labels(i), labels(m)) over the nearest rows m, n x p, all pairs.
%   Column j belongs to the neighbours in [chosen, candidates(:, j)]. The candidates share the
%   distances in the chosen columns, in tiles: the fastest exhaustive search that we know.
[n, p] = size(candidates);
values = zeros(n, p);
block = max(1, floor(2e5 / n));
for first = 1:block:n
  rows = first:min(first + block - 1, n);
  shared = zeros(n, numel(rows));
  for k = 1:size(chosen, 2)
    t = chosen(rows, k)' - chosen(:, k);
    shared = shared + t .* t;
  end
  shared(rows + (0:numel(rows) - 1) * n) = Inf;
  minima = min(labels(rows)', labels);
  for j = 1:p
    t = candidates(rows, j)' - candidates(:, j);
    distance = shared + t .* t;
    tied = distance == min(distance, [], 1);
    values(rows, j) = sum(tied .* minima, 1) ./ sum(tied, 1);
  end
end
end
