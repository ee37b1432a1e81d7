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
                                                 base.lists{1}, part, options);
  values(:, numbers) = furtherLists(values(:, numbers), near, member, labels, base, part, options);
end
values(base.order, :) = values;
end

function block = blockOf(list)
% How many rows are scanned at once.
block = max(1, floor(2e4 / size(list.members, 1)));
end

function [values, near, member] = firstList(values, labels, list, candidates, options)
% Values in the first list; where it does not tell, the K nearest rows in it, K x n x p, and their
% distances NEAR: Inf where there are more.
K = options.n_neighbors;
[n, p] = size(values);
near = Inf(K, n, p);
member = ones(K, n, p);
columns = num2cell(candidates.columns, 1);
undone = isnan(values);
block = blockOf(list);
for first = 1:block:n
  all_ = first:min(first + block - 1, n);
  % the same array for all candidates: Octave keeps its check as an index
  [allMembers, allDistances, allTails] = partOf(list, all_);
  for j = find(any(undone(all_, :), 1))
    [rows, members, distance, tail] = deal(all_, allMembers, allDistances, allTails);
    if ~all(undone(all_, j))
      rows = all_(undone(all_, j));
      [members, distance, tail] = partOf(list, rows);
    end
    x = columns{j};
    t = reshape(x(rows), 1, []) - reshape(x(members), size(members));
    t = t .* t;
    if candidates.weights(j) ~= 1
      t = t .* candidates.weights(j);
    end
    distance = distance + t;
    reach = kthSmallest(distance, K);
    at = find(distance <= reach);
    if numel(at) > K * numel(rows)
      several = sum(distance <= reach, 1) > K;  % whole numbers
      at = at(~several(ceil(at / size(distance, 1))));
      rows = rows(~several);
      [reach, tail] = deal(reach(~several), tail(~several));
    end
    at = reshape(at, K, numel(rows));
    members = reshape(members(at), size(at));
    gains = gainOf(reshape(labels(rows), 1, []), reshape(labels(members), size(at)), ...
                   options.classes);
    if K > 1
      gains = sum(gains, 1) / K;  % whole numbers
    end
    gains(reach >= tail) = NaN;
    values(rows, j) = gains;
    near(:, rows, j) = distance(at);
    member(:, rows, j) = members;
  end
end
end

function [members, distance, tail] = partOf(list, rows)
members = list.members(:, rows);
distance = list.distance(:, rows);
tail = list.tail(rows);
end

function near = kSmallest(distance, K)
% The K smallest of each column in any order, K x q.
persistent octave
if isempty(octave)
  octave = exist('OCTAVE_VERSION', 'builtin') > 0;
end
if K == 1
  near = min(distance, [], 1);
elseif octave
  near = nth_element(distance, 1:K, 1);
else
  near = smallest(distance, K);
end
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
offset = (column - 1) * numel(labels);
near = reshape(near(:, open), K, []);
reach = max(near, [], 1);
owner = {ceil((1:numel(near))' / K)};
distance = {near(:)};
member = {reshape(member(:, open), [], 1)};
active = find(reach == Inf);
for k = 1:numel(base.lists)
  list = base.lists{k};
  if k == 2
    active = find(reach >= base.lists{1}.tail(row));
  end
  block = blockOf(list);
  for first = 1:block:numel(active)
    some = active(first:min(first + block - 1, end));
    [members, listed] = partOf(list, row(some));
    t = own(some) - reshape(candidates.columns(members + offset(some)), size(members));
    listed = listed + (t .* t) .* weights(some);
    near(:, some) = kSmallest([near(:, some); listed], K);
    reach(some) = max(near(:, some), [], 1);
    at = find(listed <= reach(some));
    owner{end + 1} = reshape(some(ceil(at / size(listed, 1))), [], 1);  %#ok<AGROW>
    member{end + 1} = reshape(members(at), [], 1);  %#ok<AGROW>
    distance{end + 1} = reshape(listed(at), [], 1);  %#ok<AGROW>
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
values(open(proven)) = resolveTies(labels, base.order(row(proven)), ...
  reshape(candidates.ids(column(proven)), [], 1), reshape(number(owner(within)), [], 1), ...
  base.order(member(within)), nearer, base.step, options);
end
