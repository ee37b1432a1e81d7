function [values, nearest, left] = leafValues(columns, weights, rows, resolve, tile, K)
%LEAFVALUES resolve(rows, owner, member, nearer) of the K nearest other rows of each row, by boxes.
%   OWNER, MEMBER and NEARER are pairs as in resolveTies, of these ROWS. NEAREST is the distance of
%   the K-th nearest row. LEFT are the rows that are not done, with NaN, because boxes do not prune
%   enough near them.
values = NaN(numel(rows), 1);
nearest = NaN(numel(rows), 1);
n = size(columns, 1);
place = zeros(n, 1);
place(rows) = 1:numel(rows);
asked = place > 0;
tree = buildTree(columns, weights, 16);
batch = max(1, floor(tile / (max(8, 2 * K) * size(tree.rows, 1))));
for first = 1:batch:size(tree.rows, 2)
  leaves = first:min(first + batch - 1, size(tree.rows, 2));
  found = searchLeaves(tree, asked, leaves, K, tile);
  if isempty(found)
    break
  end
  if ~isempty(found.rows)
    nearer = found.distance < reshape(found.reach(found.owner), [], 1);
    values(place(found.rows)) = resolve(found.rows, found.owner, found.member, nearer);
    nearest(place(found.rows)) = found.reach;
    asked(found.rows) = false;
  end
end
left = find(asked);
end
