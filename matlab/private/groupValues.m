function values = groupValues(values, labels, base, candidates, options)
%GROUPVALUES What exhaustive search among the distinct rows decides of CANDIDATEVALUES.
%   For columns of few values: a cell is a set of equal rows. A row that is still undone has fewer
%   than K others in its cell. The distances to the groups of the chosen columns are computed once
%   for all candidates. Candidates whose cells are more than half as many as the rows are left as
%   they are.
n = numel(labels);
if base.groups == 0 || base.groups > n / 2
  return
end
cells = cell(1, size(values, 2));
for j = find(any(isnan(values), 1) & candidates.counts > 0 & candidates.counts <= n / 2)
  cells{j} = cellsOf(base.group, candidates.codes{j}, candidates.columns(:, j));
end
usable = find(cellfun(@(each) ~isempty(each) && numel(each.sizes) <= n / 2, cells));
rows = find(any(isnan(values(:, usable)), 2));
[~, first] = unique(base.group);
distinct = base.columns(first, :);
block = max(1, floor(base.tile / base.groups));
for first = 1:block:numel(rows)
  some = rows(first:min(first + block - 1, end));
  shared = zeros(base.groups, numel(some));
  for k = 1:size(distinct, 2)
    t = base.columns(some, k)' - distinct(:, k);
    shared = shared + (t .* t) .* base.weights(k);
  end
  for j = usable(any(isnan(values(some, usable)), 1))
    undone = find(isnan(values(some, j)));
    of = cells{j};
    t = candidates.columns(some(undone), j)' - of.value;
    distance = shared(of.group, undone) + (t .* t) .* candidates.weights(j);
    C = numel(of.sizes);
    own = of.number(some(undone)) + (0:numel(undone) - 1)' * C;
    distance(own(of.sizes(of.number(some(undone))) == 1)) = Inf;
    reach = reachOf(distance, of.sizes, own, options.n_neighbors);
    [near, owner] = find(distance <= reach);
    [near, owner] = deal(near(:), owner(:));
    nearer = reshape(distance(near + (owner - 1) * C), [], 1) < reshape(reach(owner), [], 1);
    values(some(undone), j) = throughCells(labels, some(undone), candidates.ids(j), owner, ...
                                           near, nearer, of, base.step, options);
  end
end
end

function reach = reachOf(distance, sizes_, own, K)
% The distance of the K-th nearest row of each column, whose OWN cell counts without the row itself.
reach = min(distance, [], 1);
if K == 1
  return
end
counts = zeros(1, size(distance, 2));
left = 1:numel(counts);
while ~isempty(left)
  [reach(left), at] = min(distance(:, left), [], 1);
  counts(left) = counts(left) + reshape(sizes_(at), 1, []);
  at = at + (left - 1) * numel(sizes_);
  counts(left) = counts(left) - (at == reshape(own(left), 1, []));
  distance(at) = Inf;
  left = left(counts(left) < K);
end
end

function values = throughCells(labels, rows, ids, owner, near, nearer, of, step, options)
% resolveTies with all rows of the cells NEAR, in parts of up to 2e5 pairs or one row.
values = zeros(numel(rows), 1);
stops = [0; find(diff(owner) > 0); numel(owner)];  % of the cells of each row
upTo = cumsum(of.sizes(near));  % whole numbers
upTo = [0; upTo(stops(2:end))];
next = 1;
while next <= numel(rows)
  last = max(next, find(upTo <= upTo(next) + 2e5, 1, 'last') - 1);
  some = (stops(next) + 1:stops(last + 1))';
  ends = cumsum(of.sizes(near(some)));  % whole numbers
  pair = zeros(ends(end), 1);
  pair([1; ends(1:end - 1) + 1]) = 1;
  pair = cumsum(pair);  % whole numbers: the cell that each member comes from
  place = (1:numel(pair))' - (ends(pair) - of.sizes(near(some(pair))));  % in its cell, from 1
  pair = some(pair);
  member = of.rows(of.starts(near(pair)) + place - 1);
  other = member ~= rows(owner(pair));
  pair = pair(other);
  values(next:last) = resolveTies(labels, rows(next:last), ids, owner(pair) - next + 1, ...
                                  member(other), nearer(pair), step, options);
  next = last + 1;
end
end

function cells = cellsOf(group, code, x)
% Rows sorted by cell, and for each cell its first place there, size, chosen group and value.
[key, rows] = sort((group - 1) * max(code) + code);
starts = find([true; diff(key) > 0]);
number = zeros(numel(rows), 1);
number(rows) = cumsum([true; diff(key) > 0]);  % whole numbers
cells = struct('rows', rows, 'starts', starts, 'sizes', diff([starts; numel(rows) + 1]), ...
               'number', number, 'group', group(rows(starts)), 'value', x(rows(starts)));
end
