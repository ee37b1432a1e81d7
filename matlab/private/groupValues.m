function values = groupValues(values, labels, base, candidates, options)
%GROUPVALUES What exhaustive search among the distinct rows decides of CANDIDATEVALUES.
%   For columns of few values: a cell is a set of equal rows. A row that is still undone is alone in
%   its cell. The distances to the groups of the chosen columns are computed once for all
%   candidates. Candidates whose cells are more than half as many as the rows are left as they are.
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
    distance(of.number(some(undone)) + (0:numel(undone) - 1)' * numel(of.sizes)) = Inf;
    [near, owner] = find(distance == min(distance, [], 1));
    upTo = cumsum(of.sizes(near(:)));  % whole numbers
    pair = zeros(upTo(end), 1);
    pair([1; upTo(1:end - 1) + 1]) = 1;
    pair = cumsum(pair);  % whole numbers: the tied cell that each member comes from
    place = (1:numel(pair))' - (upTo(pair) - of.sizes(near(pair)));  % in its cell, from 1
    member = of.rows(of.starts(near(pair)) + place - 1);
    values(some(undone), j) = resolveTies(labels, some(undone), candidates.ids(j), owner(pair), ...
                                          member(:), base.step, options);
  end
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
