function values = bruteValues(labels, columns, weights, id, step, options, rows)
%BRUTEVALUES Mean gain of each row over its nearest other rows: each row against all others.
%   With ROWS, only of these rows i; the values of the others are NaN.
%   Shares no code with the search; only the random words come from the same generator.
n = numel(labels);
K = 1;
if isfield(options, 'n_neighbors')
  K = options.n_neighbors;
end
values = NaN(n, 1);
if nargin < 7
  rows = 1:n;
end
words = zeros(numel(rows), 0);
for block = 0:ceil(K / 4) * strcmp(options.ties, 'random') - 1
  counter = [rows' - 1, repmat([id, step, 1 + 65536 * block], numel(rows), 1)];
  words = [words, philox4x32(counter, options.seed)];  %#ok<AGROW>
end
for i = rows
  distance = zeros(n, 1);
  for k = 1:size(columns, 2)
    t = columns(i, k) - columns(:, k);
    distance = distance + (t .* t) * weights(k);
  end
  others = [1:i - 1, i + 1:n]';
  gains = min(labels(i), labels);
  if isfield(options, 'classes') && options.classes
    gains = double(labels(i) == labels);
  end
  sorted = sort(distance(others));
  nearer = others(distance(others) < sorted(K));
  tied = others(distance(others) == sorted(K));
  count = K - numel(nearer);
  switch options.ties
    case 'average'
      both = count * sum(gains(tied)) / numel(tied) + sum(gains(nearer));
    case 'first'
      both = sum(gains([nearer; tied(1:count)]));
    otherwise
      both = sum(gains([nearer; drawn(tied, count, words(rows == i, :))]));
  end
  values(i) = both / K;
end
end

function rows = drawn(rows, count, words)
% COUNT of the ROWS: each time one of those left is exchanged with the first of them.
for t = 0:count - 1
  other = t + floor(words(t + 1) * (numel(rows) - t) / 2^32);
  rows([t + 1, other + 1]) = rows([other + 1, t + 1]);
end
rows = rows(1:count);
end
