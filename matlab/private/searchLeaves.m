function found = searchLeaves(tree, asked, leaves, k, tile)
%SEARCHLEAVES The rows nearest to the rows that are ASKED for (n x 1, logical) in some LEAVES.
%   found.rows            q x 1   these rows
%   found.reach           q x 1   the distance of the K-th nearest of the other rows
%   found.owner, member, distance   e x 1   all rows within reach: row MEMBER at DISTANCE from
%                                 row ROWS(OWNER); for K > 1 sorted by owner and distance
%   FOUND is [] where boxes do not prune enough to be worth it.
%
%   Exact with ties: the distance of two boxes is computed with the operations of the canonical
%   distance, whose rounding is monotone, so that no row in one box is nearer to a row in the other.
[m, L] = size(tree.rows);
asked = tree.own & reshape(asked(tree.rows), m, L);
outside = true(1, L);
outside(leaves) = false;
asked(:, outside) = false;
query = find(asked);
found = struct('rows', reshape(tree.rows(query), [], 1), 'reach', zeros(0, 1), ...
               'owner', zeros(0, 1), 'member', zeros(0, 1), 'distance', zeros(0, 1));
if isempty(query)
  return
end
reach = firstReach(tree, query, k, tile);
[from, to] = nearLeaves(tree, max(reach, [], 1), (0.25 + 0.25 * (k > 1)) * nnz(any(asked, 1)) * L);
if isempty(from)
  found = [];
  return
end
owner = {};
member = {};
distance = {};
[held, most] = deal(0, 10 * tile);
for first = 1:floor(tile / m):numel(from)
  pairs = first:min(first + floor(tile / m) - 1, numel(from));
  [slot, pair] = find(reaches(tree, reach, from(pairs), to(pairs)));
  pair = pair(:)';
  at = slot(:)' + (from(pairs(pair)) - 1) * m;
  leaf = to(pairs(pair));
  for next = 1:floor(tile / m):numel(at)
    some = next:min(next + floor(tile / m) - 1, numel(at));
    d = distances(tree, at(some), leaf(some));
    if k == 1
      shrunk = accumarray(at(some)', min(d, [], 1)', [m * L, 1], @min, Inf);
      reach(:) = min(reach(:), shrunk);
    end
    [place, pair] = find(d <= reach(at(some)));
    pair = pair(:)';
    owner{end + 1, 1} = at(some(pair))'; %#ok<AGROW>
    member{end + 1, 1} = place(:) + (leaf(some(pair))' - 1) * m; %#ok<AGROW>
    distance{end + 1, 1} = d(place(:) + (pair' - 1) * m); %#ok<AGROW>
    held = held + numel(place);
    if k > 1 && held > most
      [owner, member, distance, reach] = shrink(owner, member, distance, reach, k);
      held = numel(owner{1});
      most = max(most, 2 * held);
    end
  end
end
if k > 1
  [owner, member, distance, reach] = shrink(owner, member, distance, reach, k);
end
owner = vertcat(owner{:});
member = vertcat(member{:});
distance = vertcat(distance{:});
within = distance <= reach(owner);  % reach has shrunk since
place = zeros(m * L, 1);
place(query) = 1:numel(query);
found.reach = reshape(reach(query), [], 1);
found.owner = place(owner(within));
found.member = reshape(tree.rows(member(within)), [], 1);
found.distance = distance(within);
end

function [owner, member, distance, reach] = shrink(owner, member, distance, reach, k)
% Sort the pairs by owner and distance, and leave out those beyond the k-th nearest row so far.
[distance, order] = sort(vertcat(distance{:}));
owner = vertcat(owner{:});
member = vertcat(member{:});
[owner, byOwner] = sort(owner(order));
member = member(order(byOwner));
distance = distance(byOwner);
starts = find([true; diff(owner) > 0]);
enough = starts(diff([starts; numel(owner) + 1]) >= k);
reach(owner(enough)) = min(reach(owner(enough)), distance(enough + k - 1));
keep = distance <= reach(owner);
owner = {owner(keep)};
member = {member(keep)};
distance = {distance(keep)};
end

function reach = firstReach(tree, query, k, tile)
% The distance of the k-th nearest row among the leaves around each row that have enough rows.
[m, L] = size(tree.rows);
reach = -Inf(m, L);
around = pow2(nextpow2(max(1, 2 * k / m)));
block = max(1, floor(tile / (m * around)));
for first = 1:block:numel(query)
  some = query(first:min(first + block - 1, end))';
  leaf = floor((ceil(some / m) - 1) / around) * around + (1:around)';
  at = repmat(some, around, 1);
  distance = distances(tree, reshape(at, 1, []), reshape(leaf, 1, []));
  distance = reshape(distance, m * around, numel(some));
  if k == 1
    reach(some) = min(distance, [], 1);
  else
    distance = sort(distance, 1);
    reach(some) = distance(k, :);
  end
end
end

function distance = distances(tree, at, leaf)
% Distances of the rows at places AT (1 x q) from all rows of one LEAF each, m x q.
[m, q] = deal(size(tree.rows, 1), numel(at));
distance = zeros(m, q);
for k = 1:numel(tree.values)
  t = reshape(tree.values{k}(at), 1, q) - tree.values{k}(:, leaf);
  distance = distance + (t .* t) .* tree.weights(k);
end
beside = find(abs(ceil(at / m) - leaf) <= 1);  % the row itself is there
self = tree.rows(:, leaf(beside)) == reshape(tree.rows(at(beside)), 1, []);
block = distance(:, beside);
block(self) = Inf;
distance(:, beside) = block;
distance(m, ~tree.own(m, leaf)) = Inf;
end

function [from, to] = nearLeaves(tree, bound, most)
% Pairs of leaves whose boxes are within the BOUND of the first, found from the root; none if more
% than MOST.
levels = numel(tree.low) - 1;
bounds = cell(1, levels + 1);
bounds{levels + 1} = bound;
for level = levels:-1:1
  bounds{level} = max(bounds{level + 1}(1:2:end), bounds{level + 1}(2:2:end));
end
from = 1;
to = 1;
for level = 1:levels
  from = reshape([2 * from - 1; 2 * from - 1; 2 * from; 2 * from], 1, []);
  to = reshape([2 * to - 1; 2 * to; 2 * to - 1; 2 * to], 1, []);
  low = tree.low{level + 1};
  high = tree.high{level + 1};
  gap = zeros(size(from));
  for k = 1:size(low, 1)
    t = max(max(low(k, to) - high(k, from), low(k, from) - high(k, to)), 0);
    gap = gap + (t .* t) .* tree.weights(k);
  end
  near = gap <= bounds{level + 1}(from);
  from = from(near);
  to = to(near);
  if numel(from) > max(most, 64)
    from = [];
    to = [];
    return
  end
end
end

function near = reaches(tree, reach, from, to)
% Which rows of the leaves FROM reach the box of the leaf TO, m x pairs.
low = tree.low{end};
high = tree.high{end};
gap = zeros(size(tree.rows, 1), numel(from));
for k = 1:size(low, 1)
  own = tree.values{k}(:, from);
  t = max(max(low(k, to) - own, own - high(k, to)), 0);
  gap = gap + (t .* t) .* tree.weights(k);
end
near = gap <= reach(:, from);
end
