function values = runValues(values, labels, base, candidates, options)
%RUNVALUES What sorting along the candidates decides of CANDIDATEVALUES; NaN for other rows.
%   Rows that are equal in the chosen columns are neighbours on the axis of the candidate, on which
%   distances grow to both sides: the nearest of them are adjacent, and with their ties they are a
%   stretch around the row. That is decisive where it is nearer than every row of another group.
%   Without chosen columns all rows are one group.
[n, p] = size(values);
[sorted, rows] = sort(candidates.columns, 1);
offset = (0:p - 1) * n;
group = ones(n, p);
if base.groups > 1
  [group, byGroup] = sort(reshape(base.group(rows), n, p), 1);
  sorted = sorted(byGroup + offset);
  rows = rows(byGroup + offset);
end
index = reshape(rows, n, p) + offset;
label = reshape(labels(rows), n, p);
if options.n_neighbors == 1
  [best, tied, gains] = adjacent(sorted, group, candidates.weights, label, options.classes);
else
  [best, tied, gains] = around(sorted, group, candidates.weights, label, options);
end
done = isnan(values(index)) & best < reshape(base.outside(rows), n, p);
plain = find(done & ~tied);
values(index(plain)) = gains(plain) / options.n_neighbors;
at = find(done & tied);
if ~isempty(at)
  column = ceil(at / n);
  values(index(at)) = stretches(at, best(at), reshape(candidates.weights(column), [], 1), ...
                                reshape(candidates.ids(column), [], 1), sorted(:), group, ...
                                rows(:), labels, base.step, options);
end
end

function [best, tied, gains] = adjacent(sorted, group, weights, label, classes)
% The distance of the nearest row of the group, whether there are several, and else its gain.
[n, p] = size(sorted);
first = Inf(1, p);
near = apart(sorted, group, weights, 1);
far = apart(sorted, group, weights, 2);
above = [first; near];
below = [near; first];
best = min(above, below);
% [first; first; far] and [far; first; first] are the distances two places up and down
tied = (above == best) + (below == best) + ([first; first; far] == best) + ...
       ([far; first; first] == best) > 1;
place = (1:n)' + (0:p - 1) * n;
place = place + (below == best) - (below ~= best);  % the adjacent row that is nearest
place(~isfinite(best)) = 1;
gains = gainOf(label, reshape(label(place), n, p), classes);
end

function [best, tied, gains] = around(sorted, group, weights, label, options)
% The same of the K nearest rows: the distance of the K-th, whether there are more within it, and
% else the sum of their gains. They are the rows from u places up to K - u places down, for some u.
K = options.n_neighbors;
[n, p] = size(sorted);
best = Inf(n, p);
for u = 0:floor(K / 2)
  less = apart(sorted, group, weights, u);
  rest = apart(sorted, group, weights, K - u);
  rows = 1 + u:n - K + u;
  best(rows, :) = min(best(rows, :), max(less(1:n - K, :), rest(rows, :)));
  rows = 1 + K - u:n - u;
  best(rows, :) = min(best(rows, :), max(rest(1:n - K, :), less(rows, :)));
end
counts = zeros(n, p);
gains = zeros(n, p);
for places = 1:min(K + 1, n - 1)
  distance = apart(sorted, group, weights, places);
  gain = gainOf(label(1:end - places, :), label(1 + places:end, :), options.classes);
  for rows = {1:n - places, 1 + places:n}
    within = distance <= best(rows{1}, :);
    counts(rows{1}, :) = counts(rows{1}, :) + within;
    gains(rows{1}, :) = gains(rows{1}, :) + within .* gain;
  end
end
tied = counts > K;
end

function distance = apart(sorted, group, weights, places)
% Distance of every row from the one that comes PLACES later on the axis.
t = sorted(1 + places:end, :) - sorted(1:end - places, :);
distance = (t .* t) .* weights;
distance(group(1 + places:end, :) ~= group(1:end - places, :)) = Inf;
end

function values = stretches(at, best, weights, ids, sorted, group, rows, labels, step, options)
% Values of the rows at the places AT from the rows that are up to BEST away, up and down.
starts = [true(1, size(group, 2)); diff(group, 1, 1) ~= 0];
starts = find(starts);
own = zeros(numel(sorted), 1);
own(starts) = 1;
own = cumsum(own);  % whole numbers
stops = [starts(2:end) - 1; numel(sorted)];
up = reach(sorted, at, -1, at - starts(own(at)), best, weights);
down = reach(sorted, at, 1, stops(own(at)) - at, best, weights);
counts = up + down;
values = zeros(size(at));
next = 1;
while next <= numel(at)
  % as many rows as make up to 2e5 pairs, and one at least
  upTo = cumsum(counts(next:min(next + 2e5, numel(at))));  % whole numbers
  some = next:next + max(1, nnz(upTo <= 2e5)) - 1;
  upTo = upTo(1:numel(some));
  owner = zeros(upTo(end), 1);
  owner([1; upTo(1:end - 1) + 1]) = 1;
  owner = cumsum(owner);  % whole numbers
  shift = (1:numel(owner))' - (upTo(owner) - counts(some(owner))) - up(some(owner)) - 1;
  shift = shift + (shift >= 0);  % not the row itself
  place = at(some(owner));
  nearer = [];
  if options.n_neighbors > 1
    t = sorted(place) - sorted(place + shift);
    nearer = (t .* t) .* weights(some(owner)) < best(some(owner));
  end
  values(some) = resolveTies(labels, rows(at(some)), ids(some), owner, rows(place + shift), ...
                             nearer, step, options);
  next = some(end) + 1;
end
end

function count = reach(sorted, at, side, room, best, weights)
% How many rows to one SIDE are up to BEST away, at most ROOM: distances grow, so bisect.
count = zeros(size(at));
while any(count < room)
  middle = ceil((count + room) / 2);
  t = sorted(at) - sorted(at + side * middle);
  is = (t .* t) .* weights <= best;
  count(is) = middle(is);
  room(~is) = middle(~is) - 1;
end
end
