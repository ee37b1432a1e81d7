function [squares, degrees] = graphSums(columns, weights, options)
%GRAPHSUMS The two sums that a permutation test needs of the neighbour graph, in units of 1/K^2.
%   Row i gives 1 (K times its weight) to each row nearer than its K-th nearest, and shares what is
%   left of K among those at that distance. With a_ij the mean of what i and j give each other, less
%   K/(n - 1), over ordered pairs i ~= j:
%     squares   sum a_ij^2
%     degrees   sum_i (sum_j a_ij)^2 = sum_i ((what i is given - K)/2)^2
%   Weights are those of distinct rows, so that heavy ties cost little. For each row the sum of
%   TIMES .* (a .* a) over those it gives to, where TIMES is how many rows the other stands for, and
%   twice that where it gives nothing back; for each other the sum of how many rows the giver stands
%   for, times what it gives. These are exact, in two parts as in sumOverRows, before they are
%   rounded. See lcodec/neighbors/cpu/tie_sets/graph.py, which has the same bits.
options = withNeighbors(options);
K = options.n_neighbors;
n = size(columns, 1);
if strcmp(options.ties, 'first')
  distinct = columns;
  group = (1:n)';
else
  [distinct, ~, group] = unique(columns, 'rows');
  group = group(:);
end
sizes = accumarray(group, 1);  % whole numbers
u = numel(sizes);
[reach, share, mutual] = reaches(distinct, weights, sizes, options);
mean_ = K / (n - 1);
above = pow2(1.5, exponent(4 * K) + exponent(n) - 1);
below = pow2(1.5, exponent(4 * K) + 2 * exponent(n) - 55);
aboveIn = pow2(1.5, exponent(2 * K * K) + exponent(n) - 1);
belowIn = pow2(1.5, exponent(2 * K * K) + 2 * exponent(n) - 55);
inSquares = zeros(u, 1);
high = zeros(u, 1);
low = zeros(u, 1);
support = 0;
tile = max(1, floor(2e5 / u));
for start = 1:tile:u
  some = (start:min(start + tile - 1, u))';
  [owner, other, given, back] = pairsOf(distinct, weights, some, reach, share, sizes, mutual);
  same = owner == other;
  times = (sizes(other) - same) .* (2 - (back > 0));
  support = support + sum(times .* sizes(owner));  % whole numbers
  a = (given + back) * 0.5 - mean_;
  value = times .* (a .* a);
  first = (value + above) - above;
  rest = ((value - first) + below) - below;
  inSquares = inSquares + (accumarray(owner, first, [u, 1]) + ...   % whole numbers
                           accumarray(owner, rest, [u, 1]));  % whole numbers
  value = (sizes(owner) - same) .* given;
  first = (value + aboveIn) - aboveIn;
  rest = ((value - first) + belowIn) - belowIn;
  high = high + accumarray(other, first, [u, 1]);  % whole numbers
  low = low + accumarray(other, rest, [u, 1]);  % whole numbers
end
deviation = ((high + low) - K) * 0.5;
outside = (n * (n - 1) - support) * (mean_ * mean_);
squares = sumInAnyOrder(inSquares(group)) + outside;
degrees = deviation .* deviation;
degrees = sumInAnyOrder(degrees(group));
end

function [reach, share, chosen] = reaches(distinct, weights, sizes, options)
% For each distinct row the distance of its K-th nearest row, and what it gives to each row there;
% for the rule 'first', the sorted numbers (i - 1) n + m of the rows m that each row i chooses.
K = options.n_neighbors;
u = numel(sizes);
reach = zeros(u, 1);
share = ones(u, 1);
chosen = {};
tile = max(1, floor(2e5 / u));
for start = 1:tile:u
  some = (start:min(start + tile - 1, u))';
  distance = distancesOf(distinct, weights, some, sizes);
  if all(sizes == 1)
    near = smallest(distance, K);
    near = near(K, :);
  else
    own = some' + (0:numel(some) - 1) * u;
    counts = repmat(sizes, 1, numel(some));
    counts(own) = counts(own) - 1;
    [sorted, order] = sort(distance, 1);
    upTo = cumsum(counts(order + (0:numel(some) - 1) * u), 1);  % whole numbers
    place = sum(upTo < K, 1) + 1;  % whole numbers
    near = sorted(place + (0:numel(some) - 1) * u);
  end
  reach(some) = near;
  times = repmat(sizes, 1, numel(some));
  times(some' + (0:numel(some) - 1) * u) = sizes(some) - 1;
  nearer = sum((distance < near) .* times, 1)';  % whole numbers
  tied = sum((distance == near) .* times, 1)';  % whole numbers
  share(some) = (K - nearer) ./ tied;
  if strcmp(options.ties, 'first')
    isTied = distance == near;
    isTied = isTied & cumsum(isTied, 1) <= (K - nearer)';  % whole numbers
    [m, i] = find(isTied | distance < near);
    chosen{end + 1, 1} = (some(i(:)) - 1) * u + m(:);  %#ok<AGROW>
  end
end
chosen = vertcat(chosen{:});
end

function [owner, other, given, back] = pairsOf(distinct, weights, some, reach, share, sizes, chosen)
% Pairs of rows of which the first, one of SOME, gives to the other, and what the other gives back.
u = numel(reach);
if ~isempty(chosen)
  from = ceil(chosen / u);
  key = chosen(from >= some(1) & from <= some(end));
  owner = ceil(key / u);
  other = key - (owner - 1) * u;
  given = ones(numel(owner), 1);
  back = double(ismember((other - 1) * u + owner, chosen));
  return
end
distance = distancesOf(distinct, weights, some, sizes);
[other, place] = find(distance <= reach(some)');
other = other(:);
owner = reshape(some(place(:)), [], 1);
d = reshape(distance(other + (place(:) - 1) * u), [], 1);
given = share(owner);
given(d < reach(owner)) = 1;
back = zeros(numel(owner), 1);
back(d == reach(other)) = share(other(d == reach(other)));
back(d < reach(other)) = 1;
end

function distance = distancesOf(distinct, weights, some, sizes)
% Distances of SOME distinct rows from all; of a row that is alone, none from itself.
distance = distances(distinct, weights, some);
equal = find(sizes(some) > 1)';
distance(some(equal)' + (equal - 1) * numel(sizes)) = 0;
end

function e = exponent(bound)
[~, e] = log2(bound);
end

function total = sumInAnyOrder(values)
total = sumOverRows(values, max(abs(values)));
end
