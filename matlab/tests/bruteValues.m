function values = bruteValues(labels, columns, weights, id, step, options, rows)
%BRUTEVALUES min(labels(i), labels(m)) over the nearest other rows m: each row against all others.
%   With ROWS, only of these rows i; the values of the others are NaN.
%   Shares no code with the search; only the random choice is the same function.
n = numel(labels);
values = NaN(n, 1);
if nargin < 7
  rows = 1:n;
end
for i = rows
  distance = zeros(n, 1);
  for k = 1:size(columns, 2)
    t = columns(i, k) - columns(:, k);
    distance = distance + (t .* t) * weights(k);
  end
  distance(i) = Inf;
  members = find(distance == min(distance));
  members(members == i) = [];
  minima = min(labels(i), labels(members));
  switch options.ties
    case 'average'
      values(i) = sum(minima) / numel(minima);
    case 'first'
      values(i) = minima(1);
    otherwise
      values(i) = minima(1 + randomElement(numel(minima), i, id, step, options.seed));
  end
end
end
