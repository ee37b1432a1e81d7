function [lists, order] = nearestLists(columns, weights, lengths, tile)
%NEARESTLISTS For every row the nearest other rows, in lists that go on up to LENGTHS.
%   A cell, one list per length, for listedRows. Each goes on where the one before ends. Number k in
%   them is row ORDER(k) (n x 1): rows that are near have numbers that are near, and lie together in
%   memory. In each list,
%     count      1 x 1   how many rows it lists for each
%     tail       1 x n   no row that is not listed so far is nearer than this
%   Lists of one column are stretches of its sorted axis, on both sides of the row:
%     column     n x 1   this axis, and its weight
%     shift      k x 1   where the listed rows are, from the row itself
%   Of several, they have the nearest rows in ascending order, found by boxes where they prune, else
%   by exhaustive search in tiles:
%     members    k x n   row numbers
%     distance   k x n   their distances
if size(columns, 2) == 1
  [lists, order] = fromAxis(columns, weights, unique(ceil(lengths / 2)));
else
  [lists, order] = fromSpace(columns, weights, lengths, tile);
end
end

function [lists, order] = fromAxis(column, weight, places)
% The rows up to so many PLACES away on the sorted axis.
n = numel(column);
[column, order] = sort(column);
lists = cell(1, numel(places));
before = 0;
for k = 1:numel(places)
  after = before + 1:places(k);
  before = places(k);
  next = before + 1;
  t = column(1 + next:n) - column(1:n - next);
  apart = (t .* t)' .* weight;
  lists{k} = struct('column', column, 'weight', weight, 'shift', [-fliplr(after), after]', ...
                    'count', 2 * numel(after), ...
                    'tail', min([apart, Inf(1, min(n, next))], [Inf(1, min(n, next)), apart]));
end
end

function [lists, order] = fromSpace(columns, weights, lengths, tile)
n = size(columns, 1);
K = lengths(end);
order = (1:n)';
if n > max(1500, 8 * K)
  tree = buildTree(columns, weights, 16);
  order = reshape(tree.rows(tree.own), [], 1);
  columns = columns(order, :);
  number = zeros(n, 1);
  number(order) = 1:n;
  tree.rows = reshape(number(tree.rows), size(tree.rows));
  [members, listed, tails, left] = fromLeaves(tree, K, columns, weights, tile);
else
  [members, listed, tails, left] = deal(ones(K, n), Inf(K, n), zeros(1, n), (1:n)');
end
block = max(1, floor(tile / n));
for first = 1:block:numel(left)
  some = left(first:min(first + block - 1, end));
  [distance, nearest] = smallest(distances(columns, weights, some), K + 1);
  members(:, some) = nearest(1:K, :);
  listed(:, some) = distance(1:K, :);
  tails(some) = distance(K + 1, :);  % a row itself comes last, at Inf
end
lists = cell(1, numel(lengths));
before = 0;
for k = 1:numel(lengths)
  some = before + 1:lengths(k);
  before = lengths(k);
  lists{k} = struct('members', members(some, :), 'distance', listed(some, :), ...
                    'count', numel(some), 'tail', tails);
  if before < K
    lists{k}.tail = listed(before + 1, :);
  end
end
end

function [members, listed, tails, left] = fromLeaves(tree, K, columns, weights, tile)
% The lists of K rows where boxes prune, for the rows of one leaf of a tree after another; LEFT are
% the other rows.
n = size(columns, 1);
members = ones(K, n);
listed = Inf(K, n);
tails = zeros(1, n);
left = true(n, 1);
[m, L] = size(tree.rows);
around = min(L, ceil(2 * (K + 1) / (m - 1)));  % leaves that have twice as many rows
looked = 0;
tried = 0;
[~, scattered] = sort(mod((1:L) * ((sqrt(5) - 1) / 2), 1));  % the first ones stand for all
for leaf = scattered
  gap = gaps(tree, leaf);
  some = find(gap <= kthSmallest(gap, around));
  rows = tree.rows(tree.own(:, leaf), leaf);
  others = rowsOf(tree, some);
  distance = among(columns, weights, rows, others);
  reach = max(kthSmallest(distance, K + 1));
  gap(some) = Inf;
  further = rowsOf(tree, find(gap <= reach));
  further = further(rowGaps(tree, leaf, columns(further, :)) <= reach);
  count = numel(others) + numel(further);
  looked = looked + count;
  tried = tried + 1;
  if tried > 8 && looked > tried * n / 2
    break
  end
  if count * m > max(tile, 2 * n)
    continue
  end
  others = [others; further];  %#ok<AGROW>
  distance = [distance; among(columns, weights, rows, further)];  %#ok<AGROW>
  [distance, place] = smallest(distance, K + 1);
  members(:, rows) = others(place(1:K, :));
  listed(:, rows) = distance(1:K, :);
  tails(rows) = distance(K + 1, :);
  left(rows) = false;
end
left = find(left);
end

function gap = gaps(tree, leaf)
% Distances of the boxes of all leaves from that of one LEAF, L x 1.
gap = zeros(1, size(tree.rows, 2));
for k = 1:numel(tree.values)
  low = tree.low{end}(k, :);
  high = tree.high{end}(k, :);
  t = max(max(low - high(leaf), low(leaf) - high), 0);
  gap = gap + (t .* t) .* tree.weights(k);
end
gap = gap';
end

function gap = rowGaps(tree, leaf, columns)
% Distances of rows with these COLUMNS from the box of a LEAF.
gap = zeros(size(columns, 1), 1);
for k = 1:size(columns, 2)
  t = max(max(columns(:, k) - tree.high{end}(k, leaf), tree.low{end}(k, leaf) - columns(:, k)), 0);
  gap = gap + (t .* t) .* tree.weights(k);
end
end

function rows = rowsOf(tree, leaves)
rows = tree.rows(:, leaves);
rows = reshape(rows(tree.own(:, leaves)), [], 1);
end

function distance = among(columns, weights, rows, others)
% Distances of some ROWS from OTHERS; Inf from themselves.
distance = zeros(numel(others), numel(rows));
for k = 1:size(columns, 2)
  t = reshape(columns(rows, k), 1, []) - columns(others, k);
  distance = distance + (t .* t) .* weights(k);
end
distance(others == reshape(rows, 1, [])) = Inf;
end
