function set = columnSet(columns, weights)
%COLUMNSET Columns with what every search among them needs, found once.
%   set = columnSet(columns, weights):
%     set.columns   n x p   the data
%     set.weights   1 x p   weights of the canonical distance, see columnWeights
%     set.ids       1 x p   their numbers from 0, which random ties depend on
%     set.counts    1 x p   number of distinct values; 0 where the smallest step vanishes when
%                           squared: there, distance 0 does not mean equal values
%     set.codes     1 x p   cell: numbers of the distinct values, from 1, where some repeat
%   set = columnSet(set, numbers) takes some columns of a set, in this order.
if isstruct(columns)
  [set, numbers] = deal(columns, weights);
  set = struct('columns', set.columns(:, numbers), 'weights', set.weights(numbers), ...
               'ids', set.ids(numbers), 'counts', set.counts(numbers), ...
               'codes', {set.codes(numbers)});
  return
end
[n, p] = size(columns);
set = struct('columns', columns, 'weights', weights, 'ids', 0:p - 1, 'counts', zeros(1, p), ...
             'codes', {cell(1, p)});
block = max(1, floor(2e5 / n));
for first = 1:block:p
  numbers = first:min(first + block - 1, p);
  [sorted, order] = sort(columns(:, numbers), 1);
  steps = diff(sorted, 1, 1);
  counts = 1 + sum(steps > 0, 1);  % whole numbers
  steps(steps == 0) = Inf;
  smallest = min(steps, [], 1);
  counts(~((smallest .* smallest) .* weights(numbers) > 0) & counts > 1) = 0;
  set.counts(numbers) = counts;
  for j = find(counts > 0 & counts < n)
    code = zeros(n, 1);
    code(order(:, j)) = cumsum([1; steps(:, j) < Inf]);  % whole numbers
    set.codes{numbers(j)} = code;
  end
end
end
