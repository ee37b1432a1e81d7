function values = tieValues(labels, chosen, chosenWeights, candidates, weights, ids, step, options)
%TIEVALUES min(labels(i), labels(m)) over the nearest other rows m of each row i.
%   values = tieValues(labels, chosen, chosenWeights, candidates, weights, ids, step, options)
%   is n x p: column j belongs to the neighbours in the columns [chosen, candidates(:, j)].
%   options.ties says whether a row with several nearest rows takes the mean over them, one at
%   random (options.seed, the column numbers ids and step count the random numbers) or the first.
%   Rows that have equals are done by sorting, the others by exhaustive search in tiles, so that
%   memory stays far below n x n.
n = numel(labels);
values = equalRowValues(labels, chosen, chosenWeights, candidates, weights, ids, step, options);
left = find(any(isnan(values), 2));
tile = max(1, floor(2e5 / n));
for start = 1:tile:numel(left)
  rows = left(start:min(start + tile - 1, numel(left)));
  base = zeros(numel(rows), n);
  for k = 1:size(chosen, 2)
    base = addColumn(base, chosen(rows, k), chosen(:, k), chosenWeights(k));
  end
  base((1:numel(rows))' + (rows - 1) * numel(rows)) = Inf;  % never a neighbour of itself
  minima = min(labels(rows), labels');
  for j = 1:size(candidates, 2)
    undone = find(isnan(values(rows, j)));
    if isempty(undone)
      continue
    end
    distance = addColumn(base(undone, :), candidates(rows(undone), j), ...
                         candidates(:, j), weights(j));
    tied = distance == min(distance, [], 2);
    values(rows(undone), j) = combine(tied, minima(undone, :), rows(undone), ids(j), step, options);
  end
end
end

function distance = addColumn(distance, own, column, weight)
t = own - column';
distance = distance + (t .* t) .* weight;
end

function value = combine(tied, minima, rows, id, step, options)
count = sum(tied, 2);
switch options.ties
  case 'average'
    value = sum(tied .* minima, 2) ./ count;  % a sum of integers: exact in any order
  case 'first'
    value = pick(tied, minima, zeros(size(count)));
  otherwise
    value = pick(tied, minima, tieChoice(count, rows, id, step, options.seed));
end
end

function value = pick(tied, minima, element)
% Element ELEMENT (from 0) of each row's tie set, in ascending order of rows.
[~, at] = max(cumsum(tied, 2) > element, [], 2);
value = minima((1:numel(at))' + (at - 1) * numel(at));
end
