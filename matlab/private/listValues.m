function values = listValues(values, labels, base, candidates, options)
%LISTVALUES What the shared neighbour lists decide of CANDIDATEVALUES; NaN for other rows.
%   A candidate adds its own term to the distances in the lists; distances only grow by it, and so
%   does their rounding. The K smallest sums are decisive, with their ties, where they are below the
%   distance in the chosen columns of every row that is not listed. The first list is scanned for
%   one candidate after another. What is left then goes on to the next lists, pairs of a row and a
%   candidate together. Here rows are numbered in base.order, in which near rows are near in memory.
[n, p] = size(values);
values = values(base.order, :);
some = max(1, floor(4e5 / (n * options.n_neighbors)));
for first = 1:some:p
  numbers = first:min(first + some - 1, p);
  if ~any(any(isnan(values(:, numbers))))
    continue
  end
  part = struct('columns', candidates.columns(base.order, numbers), ...
                'weights', candidates.weights(numbers), 'ids', candidates.ids(numbers));
  [values(:, numbers), near, member] = firstList(values(:, numbers), labels(base.order), ...
                                                 base, part, options);
  values(:, numbers) = furtherLists(values(:, numbers), near, member, labels, base, part, options);
end
values(base.order, :) = values;
end

function [values, near, member] = firstList(values, labels, base, candidates, options)
% Values in the first list; where it does not tell, the K nearest rows in it, K x n x p, and their
% distances NEAR: Inf where there are more.
list = base.lists{1};
[n, p] = size(values);
near = Inf(options.n_neighbors, n, p);
member = ones(options.n_neighbors, n, p);
undone = isnan(values);
block = max(1, floor(base.tile / list.count));
together = max(1, floor(block / n));
for first = 1:block:n
  rows = first:min(first + block - 1, n);
  part = partOf(list, rows);
  count = sum(undone(rows, :), 1);  % whole numbers
  whole = find(count == numel(rows));
  for next = 1:together:numel(whole)
    some = whole(next:min(next + together - 1, end));
    [values(rows, some), near(:, rows, some), member(:, rows, some)] = ...
        scan(part, candidates.columns, candidates.weights, some, labels, options);
  end
  for j = find(count > 0 & count < numel(rows))
    some = rows(undone(rows, j));
    [values(some, j), near(:, some, j), member(:, some, j)] = ...
        scan(partOf(list, some), candidates.columns, candidates.weights, j, labels, options);
  end
end
end

function [values, near, member] = scan(part, columns, weights, numbers, labels, options)
% The same of the rows of a PART of the list, for the candidates of these NUMBERS.
K = options.n_neighbors;
q = numel(part.rows);
m = numel(numbers);
t = reshape(columns(part.rows, numbers), 1, q * m) - ...
    reshape(columns(part.members, numbers), [], q * m);
distance = t .* t;
c = size(distance, 1);
if any(weights(numbers) ~= 1)
  distance = reshape(distance, c * q, m) .* weights(numbers);
end
distance = reshape(reshape(distance, c * q, m) + part.distance, c, q * m);
[reach, at] = nearestPlaces(distance, K);
if numel(at) > K * q * m
  several = sum(distance <= reach, 1) > K;  % whole numbers
  at = find(distance <= reach & ~several);
  reach(several) = Inf;
  one = find(~several);
else
  one = 1:q * m;
end
at = reshape(at, K, numel(one));
near = Inf(K, q, m);
near(:, one) = distance(at);
if m > 1
  at = mod(at - 1, c * q) + 1;
end
member = ones(K, q, m);
member(:, one) = part.members(at);
gains = gainOf(reshape(labels(part.rows), 1, q), reshape(labels(member), K, q, m), options.classes);
if K > 1
  gains = sum(gains, 1) / K;  % whole numbers
end
values = reshape(gains, q, m);
values(reshape(reach, q, m) >= part.tail') = NaN;
end

function part = partOf(list, rows)
% The list of some ROWS. What is indexed with the same array again and again is faster in Octave.
[members, distance] = listedRows(list, rows);
part = struct('rows', rows, 'members', members(:), 'distance', distance(:), ...
              'tail', list.tail(rows));
end

function values = furtherLists(values, near, member, labels, base, candidates, options)
% Scan the other lists for the pairs of a row and a candidate whose value is NaN. So far their K
% nearest rows are NEAR; where these are at Inf the first list is scanned again, with all its ties.
K = options.n_neighbors;
open = find(isnan(values));
[row, column] = find(isnan(values));
row = reshape(row, 1, []);
column = reshape(column, 1, []);
own = reshape(candidates.columns(open), 1, []);
weights = reshape(candidates.weights(column), 1, []);
weighted = any(weights ~= 1);
offset = (column - 1) * numel(labels);
near = reshape(near(:, open), K, []);
reach = max(near, [], 1);
owner = {ceil((1:numel(near))' / K)};
distance = {near(:)};
member = {reshape(member(:, open), [], 1)};
active = find(reach == Inf);
for k = 1:numel(base.lists)
  list = base.lists{k};
  block = max(1, floor(base.tile / list.count));
  for first = 1:block:numel(active)
    some = active(first:min(first + block - 1, end));
    [members, listed] = listedRows(list, row(some));
    t = own(some) - reshape(candidates.columns(members + offset(some)), size(members));
    t = t .* t;
    if weighted
      t = t .* weights(some);
    end
    listed = listed + t;
    if K == 1
      reach(some) = min(reach(some), min(listed, [], 1));
    end
    at = find(listed <= reach(some));
    from = reshape(ceil(at / size(listed, 1)), [], 1);
    if K > 1
      near(:, some) = smallest([near(:, some); stacked(from, listed(at), numel(some))], K);
      reach(some) = near(K, some);
    end
    owner{end + 1} = reshape(some(from), [], 1);  %#ok<AGROW>
    member{end + 1} = reshape(members(at), [], 1);  %#ok<AGROW>
    distance{end + 1} = reshape(listed(at), [], 1);  %#ok<AGROW>
  end
  if k == 1
    active = 1:numel(open);
  end
  active = active(reach(active) >= list.tail(row(active)));
end
number = ones(numel(open), 1);
number(active) = 0;
proven = find(number);
if isempty(proven)
  return
end
number(proven) = 1:numel(proven);
owner = vertcat(owner{:});
distance = vertcat(distance{:});
within = number(owner) > 0 & distance <= reshape(reach(owner), [], 1);
member = vertcat(member{:});
nearer = distance(within) < reshape(reach(owner(within)), [], 1);
rows = base.order(row(proven));
ids = reshape(candidates.ids(column(proven)), [], 1);
owner = reshape(number(owner(within)), [], 1);
values(open(proven)) = resolveTies(labels, rows, ids, owner, base.order(member(within)), nearer, ...
                                   base.step, options);
end
