function values = runValues(values, labels, base, candidates, options)
%RUNVALUES What sorting along the candidates decides of CANDIDATEVALUES; NaN for other rows.
%   Rows that are equal in the chosen columns are neighbours on the axis of the candidate, on which
%   distances grow to both sides: the nearest of them is adjacent and a tie set is a stretch around
%   the row. That is decisive where it is nearer than every row of another group. Without chosen
%   columns all rows are one group.
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
first = Inf(1, p);
near = apart(sorted, group, candidates.weights, 1);
far = apart(sorted, group, candidates.weights, 2);
above = [first; near];
below = [near; first];
best = min(above, below);
done = isnan(values(index)) & best < reshape(base.outside(rows), n, p);
% [first; first; far] and [far; first; first] are the distances two places up and down
tied = done & ((above == best) + (below == best) + ([first; first; far] == best) + ...
               ([far; first; first] == best) > 1);
place = repmat((1:n)', 1, p);
place = place + (below == best) - (below ~= best) + offset;  % the adjacent row that is nearest
plain = find(done & ~tied);
values(index(plain)) = min(labels(rows(plain)), labels(rows(place(plain))));
if any(tied(:))
  at = find(tied);
  column = ceil(at / n);
  values(index(at)) = stretches(at, best(at), reshape(candidates.weights(column), [], 1), ...
                                reshape(candidates.ids(column), [], 1), sorted(:), group, ...
                                rows(:), labels, base.step, options);
end
end

function distance = apart(sorted, group, weights, places)
% Distance of every row from the one that comes PLACES later on the axis.
t = sorted(1 + places:end, :) - sorted(1:end - places, :);
distance = (t .* t) .* weights;
distance(group(1 + places:end, :) ~= group(1:end - places, :)) = Inf;
end

function values = stretches(at, best, weights, ids, sorted, group, rows, labels, step, options)
% Values of the rows at the places AT, whose tie sets are the rows at distance BEST up and down.
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
  % as many tie sets as make up to 2e5 pairs, and one at least
  upTo = cumsum(counts(next:min(next + 2e5, numel(at))));  % whole numbers
  some = next:next + max(1, nnz(upTo <= 2e5)) - 1;
  upTo = upTo(1:numel(some));
  owner = zeros(upTo(end), 1);
  owner([1; upTo(1:end - 1) + 1]) = 1;
  owner = cumsum(owner);  % whole numbers
  shift = (1:numel(owner))' - (upTo(owner) - counts(some(owner))) - up(some(owner)) - 1;
  shift = shift + (shift >= 0);  % not the row itself
  values(some) = resolveTies(labels, rows(at(some)), ids(some), owner, ...
                             rows(at(some(owner)) + shift), step, options);
  next = some(end) + 1;
end
end

function count = reach(sorted, at, side, room, best, weights)
% How many rows to one SIDE are at distance BEST, at most ROOM: distances grow, so bisect.
count = zeros(size(at));
while any(count < room)
  middle = ceil((count + room) / 2);
  t = sorted(at) - sorted(at + side * middle);
  is = (t .* t) .* weights == best;  % or below: no row of the group is nearer than `best`
  count(is) = middle(is);
  room(~is) = middle(~is) - 1;
end
end
