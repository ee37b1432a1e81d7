function lists = nearLists(columns, weights, lengths, options)
%NEARLISTS For every row the other rows in ascending order of distance, in lists of some LENGTHS.
%   A cell, one list per length K, with the fields
%     members    K x n   row numbers
%     distance   K x n   their distances, ascending; Inf where a list ends early
%     tail       1 x n   no row that is not listed is nearer than this
n = size(columns, 1);
K = lengths(end);
longest = struct('members', ones(K, n), 'distance', Inf(K, n), 'tail', zeros(1, n));
left = (1:n)';
tile = tileSize(options);
if n > 8 * K
  [longest, left] = fromTree(longest, columns, weights, tile);
end
block = max(1, floor(tile / n));
for first = 1:block:numel(left)
  some = left(first:min(first + block - 1, end));
  [distance, order] = sort(tileDistances(columns, weights, some), 1);
  longest.members(:, some) = order(1:K, :);
  longest.distance(:, some) = distance(1:K, :);
  longest.tail(some) = distance(K + 1, :);  % a row itself comes last, at Inf
end
lists = cell(1, numel(lengths));
for k = 1:numel(lengths) - 1
  K = lengths(k);
  lists{k} = struct('members', longest.members(1:K, :), 'distance', longest.distance(1:K, :), ...
                    'tail', min(longest.distance(K + 1, :), longest.tail));
end
lists{end} = longest;
end

function [list, left] = fromTree(list, columns, weights, tile)
% The lists of the rows near which boxes prune; LEFT are the others.
[K, n] = size(list.members);
asked = true(n, 1);
tree = buildTree(columns, weights, 2 * K);
[m, L] = size(tree.rows);
batch = max(1, floor(4 * tile / (4 * K * m)));
for first = 1:batch:L
  found = searchTree(tree, asked, first:min(first + batch - 1, L), K + 1, tile);
  if isempty(found)
    break
  end
  [key, once] = unique((found.owner - 1) * n + found.member);
  distance = found.distance(once);
  owner = floor((key - 1) / n) + 1;
  [distance, order] = sort(distance);
  [owner, byOwner] = sort(owner(order));
  order = order(byOwner);
  member = key(order) - (owner - 1) * n;
  distance = distance(byOwner);
  starts = find([true; diff(owner) > 0]);
  place = (1:numel(owner))' - starts(owner) + 1;
  list.tail(found.rows) = min(found.reach, distance(starts + K));  % K + 1 rows are within reach
  keep = place <= K;
  at = place(keep) + (found.rows(owner(keep)) - 1) * K;
  list.members(at) = member(keep);
  list.distance(at) = distance(keep);
  asked(found.rows) = false;
end
left = find(asked);
end
