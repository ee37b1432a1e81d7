function tree = buildTree(columns, weights, leaf)
%BUILDTREE Rows in leaves of LEAF to 2*LEAF rows that are near each other, and their boxes.
%   A balanced tree: each node is halved along its widest column, so that node k of a level has the
%   nodes 2k - 1 and 2k below it.
%   tree.rows          m x L    the rows of each leaf. Sizes differ by one: a leaf with m - 1 rows
%                               repeats the first row of the next leaf, where tree.own is false
%   tree.values{k}     m x L    column k of these rows
%   tree.low{l + 1}    d x 2^l  smallest values in the nodes of level l, and tree.high the largest
[n, d] = size(columns);
[~, levels] = log2(max(n / leaf, 1));
levels = levels - 1;
order = (1:n)';
for level = 0:levels - 1
  [starts, positions] = nodes(n, level);
  width = zeros(d, pow2(level));
  for k = 1:d
    block = reshape(columns(order(positions), k), size(positions));
    t = max(block, [], 1) - min(block, [], 1);
    width(k, :) = (t .* t) .* weights(k);
  end
  [~, widest] = max(width, [], 1);
  node = zeros(n, 1);
  node(starts) = 1;
  node = cumsum(node);  % whole numbers
  [~, byValue] = sort(columns(order + (reshape(widest(node), n, 1) - 1) * n));
  [~, byNode] = sort(node(byValue));
  order = order(byValue(byNode));
end
[starts, positions] = nodes(n, levels);
tree = struct('weights', weights, 'rows', reshape(order(positions), size(positions)), ...
              'own', positions < [starts(2:end), n + 1], 'values', {cell(1, d)}, ...
              'low', {cell(1, levels + 1)}, 'high', {cell(1, levels + 1)});
for k = 1:d
  tree.values{k} = reshape(columns(tree.rows(:), k), size(positions));
  tree.low{levels + 1}(k, :) = min(tree.values{k}, [], 1);
  tree.high{levels + 1}(k, :) = max(tree.values{k}, [], 1);
end
for level = levels:-1:1
  tree.low{level} = min(tree.low{level + 1}(:, 1:2:end), tree.low{level + 1}(:, 2:2:end));
  tree.high{level} = max(tree.high{level + 1}(:, 1:2:end), tree.high{level + 1}(:, 2:2:end));
end
end

function [starts, positions] = nodes(n, level)
count = pow2(level);
starts = floor((0:count - 1) * n / count) + 1;
positions = starts + (0:ceil(n / count) - 1)';
end
