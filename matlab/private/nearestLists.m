function lists = nearestLists(columns, weights, lengths, tile)
%NEARESTLISTS For every row the nearest other rows, in lists of some LENGTHS.
%   A cell, one list per length K, with the fields
%     members    K x n   row numbers
%     distance   K x n   their distances; Inf where a list ends early
%     tail       1 x n   no row that is not listed is nearer than this
%   A list of one column is a stretch of its sorted axis. Of several, it has the K nearest rows in
%   ascending order, found by boxes where they prune, else by exhaustive search in tiles.
if size(columns, 2) == 1
  lists = cell(1, numel(lengths));
  for k = 1:numel(lengths)
    lists{k} = fromAxis(columns, weights, lengths(k), tile);
  end
else
  lists = fromSpace(columns, weights, lengths, tile);
end
end

function list = fromAxis(column, weight, K, tile)
% The rows up to K/2 places away on the sorted axis.
n = numel(column);
half = ceil(K / 2);
shift = [-half:-1, 1:half, -half - 1, half + 1]';  % the last two make the tail
[sorted, rows] = sort(column);
list = struct('members', zeros(2 * half, n), 'distance', zeros(2 * half, n), 'tail', zeros(1, n));
block = max(1, floor(tile / numel(shift)));
for first = 1:block:n
  some = first:min(first + block - 1, n);
  place = some + shift;
  valid = place >= 1 & place <= n;
  place(~valid) = 1;
  t = sorted(some)' - reshape(sorted(place), size(place));
  distance = (t .* t) .* weight;
  distance(~valid) = Inf;
  list.members(:, rows(some)) = reshape(rows(place(1:end - 2, :)), 2 * half, numel(some));
  list.distance(:, rows(some)) = distance(1:end - 2, :);
  list.tail(rows(some)) = min(distance(end - 1:end, :), [], 1);
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
for k = 1:numel(lengths) - 1
  K = lengths(k);
  lists{k} = struct('members', longest.members(1:K, :), 'distance', longest.distance(1:K, :), ...
                    'tail', longest.distance(K + 1, :));
end
lists{end} = longest;
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
