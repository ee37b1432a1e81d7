function lists = nearestLists(columns, weights, lengths, tile)
%NEARESTLISTS For every row the nearest other rows, in lists that go on up to LENGTHS.
%   A cell, one list per length. Each goes on where the one before ends, and has the fields
%     members    k x n   row numbers
%     distance   k x n   their distances; Inf where a list ends early
%     tail       1 x n   no row that is not listed so far is nearer than this
%   Lists of one column are stretches of its sorted axis, on both sides of the row. Of several, they
%   have the nearest rows in ascending order, found by boxes where they prune, else by exhaustive
%   search in tiles.
if size(columns, 2) == 1
  lists = fromAxis(columns, weights, ceil(lengths / 2), tile);
else
  lists = fromSpace(columns, weights, lengths, tile);
end
end

function lists = fromAxis(column, weight, places, tile)
% The rows up to so many PLACES away on the sorted axis.
n = numel(column);
[sorted, rows] = sort(column);
lists = cell(1, numel(places));
before = 0;
for k = 1:numel(places)
  after = before + 1:places(k);
  before = places(k);
  shift = [-after, after, -before - 1, before + 1]';  % the last two make the tail
  list = struct('members', zeros(2 * numel(after), n), ...
                'distance', zeros(2 * numel(after), n), 'tail', zeros(1, n));
  block = max(1, floor(tile / numel(shift)));
  for first = 1:block:n
    some = first:min(first + block - 1, n);
    place = some + shift;
    valid = place >= 1 & place <= n;
    place(~valid) = 1;
    t = sorted(some)' - reshape(sorted(place), size(place));
    distance = (t .* t) .* weight;
    distance(~valid) = Inf;
    list.members(:, rows(some)) = reshape(rows(place(1:end - 2, :)), [], numel(some));
    list.distance(:, rows(some)) = distance(1:end - 2, :);
    list.tail(rows(some)) = min(distance(end - 1:end, :), [], 1);
  end
  lists{k} = list;
end
end

function lists = fromSpace(columns, weights, lengths, tile)
n = size(columns, 1);
K = lengths(end);
longest = struct('members', ones(K, n), 'distance', Inf(K, n), 'tail', zeros(1, n));
left = (1:n)';
if n > max(1500, 8 * K)
  [longest, left] = fromTree(longest, columns, weights, tile);
end
block = max(1, floor(tile / n));
for first = 1:block:numel(left)
  some = left(first:min(first + block - 1, end));
  [distance, order] = smallest(distances(columns, weights, some), K + 1);
  longest.members(:, some) = order(1:K, :);
  longest.distance(:, some) = distance(1:K, :);
  longest.tail(some) = distance(K + 1, :);  % a row itself comes last, at Inf
end
lists = cell(1, numel(lengths));
tails = [longest.distance; longest.tail];
before = 0;
for k = 1:numel(lengths)
  some = before + 1:lengths(k);
  before = lengths(k);
  lists{k} = struct('members', longest.members(some, :), 'distance', longest.distance(some, :), ...
                    'tail', tails(before + 1, :));
end
end

function [list, left] = fromTree(list, columns, weights, tile)
% The lists of the rows near which boxes prune; LEFT are the others.
[K, n] = size(list.members);
asked = true(n, 1);
tree = buildTree(columns, weights, 16);
[m, L] = size(tree.rows);
batch = max(1, floor(2 * tile / (4 * K * m)));
for first = 1:batch:L
  found = searchLeaves(tree, asked, first:min(first + batch - 1, L), K + 1, tile);
  if isempty(found)
    break
  end
  starts = find([true; diff(found.owner) > 0]);
  place = (1:numel(found.owner))' - starts(found.owner) + 1;
  list.tail(found.rows) = found.reach;
  keep = place <= K;
  at = place(keep) + (found.rows(found.owner(keep)) - 1) * K;
  list.members(at) = found.member(keep);
  list.distance(at) = found.distance(keep);
  asked(found.rows) = false;
end
left = find(asked);
end
