function [values, nearest] = nearestValues(columns, weights, rows, resolve, options)
%NEARESTVALUES resolve(rows, owner, member) of the nearest other rows of each row of ROWS.
%   OWNER and MEMBER are pairs as in resolveTies. NEAREST is the distance of the nearest row.
%   A tree of boxes while it prunes, else exhaustive search in tiles.
n = size(columns, 1);
values = zeros(numel(rows), 1);
nearest = zeros(numel(rows), 1);
place = zeros(n, 1);
place(rows) = 1:numel(rows);
tile = tileSize(options);
left = rows;
if numel(rows) * n > 4e6
  asked = false(n, 1);
  asked(rows) = true;
  tree = buildTree(columns, weights, 16);
  batch = max(1, floor(tile / (8 * size(tree.rows, 1))));
  for first = 1:batch:size(tree.rows, 2)
    leaves = first:min(first + batch - 1, size(tree.rows, 2));
    found = searchTree(tree, asked, leaves, 1, tile);
    if isempty(found)
      break  % boxes do not prune here
    end
    values(place(found.rows)) = resolve(found.rows, found.owner, found.member);
    nearest(place(found.rows)) = found.reach;
    asked(found.rows) = false;
  end
  left = find(asked);
end
block = max(1, floor(tile / n));
for first = 1:block:numel(left)
  some = left(first:min(first + block - 1, end));
  distance = tileDistances(columns, weights, some);
  best = min(distance, [], 1);
  [member, owner] = find(distance == best);
  values(place(some)) = resolve(some, owner(:), member(:));
  nearest(place(some)) = best;
end
end
