function distance = distances(columns, weights, rows)
%DISTANCES Canonical distances of ROWS from all rows, n x q; Inf from themselves.
n = size(columns, 1);
distance = zeros(n, numel(rows));
for k = 1:size(columns, 2)
  t = columns(rows, k)' - columns(:, k);
  distance = distance + (t .* t) .* weights(k);
end
distance(rows(:)' + (0:numel(rows) - 1) * n) = Inf;  % never a neighbour of itself
end
