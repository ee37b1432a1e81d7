function near = nearestRows(columns, weights, count)
%NEARESTROWS The COUNT nearest other rows of each row, nearest first, n x COUNT.
%   Rows at the same distance come in the order of their numbers, counted on from the row itself:
%   counted from 1, the rows of a large group would all be given the same few neighbours.
n = size(columns, 1);
near = zeros(n, count);
tile = max(1, floor(2e5 / n));
for start = 1:tile:n
  rows = (start:min(start + tile - 1, n))';
  others = mod(rows - 1 + (1:n - 1), n) + 1;
  distance = zeros(size(others));
  for k = 1:size(columns, 2)
    column = columns(:, k);
    t = column(rows) - reshape(column(others), size(others));
    distance = distance + (t .* t) .* weights(k);
  end
  for place = 1:count
    [~, at] = min(distance, [], 2);
    at = (1:numel(rows))' + (at - 1) * numel(rows);
    near(rows, place) = others(at);
    distance(at) = Inf;
  end
end
end
