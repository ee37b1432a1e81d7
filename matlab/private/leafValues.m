function [values, nearest, left] = leafValues(columns, weights, rows, resolve, tile)
%LEAFVALUES resolve(rows, owner, member) of the nearest other rows of each row of ROWS, by boxes.
%   OWNER and MEMBER are pairs as in resolveTies. NEAREST is the distance of the nearest row. LEFT
%   are the rows that are not done, with NaN, because boxes do not prune enough near them.
values = NaN(numel(rows), 1);
nearest = NaN(numel(rows), 1);
n = size(columns, 1);
place = zeros(n, 1);
place(rows) = 1:numel(rows);
asked = place > 0;
tree = buildTree(columns, weights, 16);
batch = max(1, floor(tile / (8 * size(tree.rows, 1))));
for first = 1:batch:size(tree.rows, 2)
  leaves = first:min(first + batch - 1, size(tree.rows, 2));
  found = searchLeaves(tree, asked, leaves, 1, tile);
  if isempty(found)
    break
  end
  if ~isempty(found.rows)
    values(place(found.rows)) = resolve(found.rows, found.owner, found.member);
    nearest(place(found.rows)) = found.reach;
    asked(found.rows) = false;
  end
end
left = find(asked);
end
