function [values, base] = candidateValues(labels, base, candidates, ids, expected, options)
%CANDIDATEVALUES min(labels(i), labels(m)) over the nearest other rows m of each row i.
%   [values, base] = candidateValues(labels, base, candidates, ids, expected, options) is n x p:
%   column j belongs to the neighbours in the columns of BASE (see conditionOn) and column j of
%   CANDIDATES (a columnSet). options.ties says whether a row with several nearest rows takes the
%   mean over them, one at random (options.seed, the column numbers IDS and base.step count the
%   random numbers) or the first. EXPECTED is how many candidates BASE serves in all: neighbour
%   lists are made when they pay, and returned in BASE for the next call.
%
%   Each row is decided by the first of these that can: sorting, where it has equals; sorting along
%   the candidate, where it has equals in the chosen columns; the shared lists; a search for this
%   candidate. All are exact, and memory stays far below n x n.
%
%   gpuArray: every operation from here down is one that gpuArray has (elementwise operations, sort,
%   min, max, cumsum, diff, find, unique, accumarray, indexing), and none makes a gpuArray.
values = equalRowValues(labels, base, candidates, ids, options);
undone = sum(isnan(values(:)));
if undone > 0 && base.groups > 0 && base.groups <= numel(labels) / 2
  base = findOutside(base, options);
  values = adjacentValues(values, labels, base, candidates, ids, options);
  undone = sum(isnan(values(:)));
end
if undone == 0
  return
end
if isempty(base.lists) && undone / size(values, 2) * expected > 3 * numel(labels)
  base.lists = shareLists(base, expected, options);
end
if ~isempty(base.lists)
  values = listedValues(values, labels, base, candidates, ids, options);
end
for j = find(any(isnan(values), 1))
  rows = find(isnan(values(:, j)));
  if base.prunes && numel(rows) * numel(labels) > 4e6
    resolve = @(i, owner, member) resolveTies(labels, i, ids(j), owner, member, base.step, options);
    [values(rows, j), ~, left] = nearestValues([base.columns, candidates.columns(:, j)], ...
                                               [base.weights, candidates.weights(j)], rows, ...
                                               resolve, options);
    base.prunes = isempty(left);
  end
end
values = cellValues(values, labels, base, candidates, ids, options);
values = tiledValues(values, labels, base, candidates, ids, options);
end

function base = findOutside(base, options)
% base.outside: for each row the distance to the nearest row of another group.
if ~isempty(base.outside)
  return
end
nearest = Inf;
if base.groups > 1
  [~, rows] = unique(base.group);
  distinct = base.columns(rows, :);
  left = (1:base.groups)';
  nearest = zeros(base.groups, 1);
  if base.groups > 2000
    [~, nearest, left] = nearestValues(distinct, base.weights, left, ...
                                       @(i, owner, member) zeros(size(i)), options);
  end
  block = max(1, floor(tileSize(options) / base.groups));
  for first = 1:block:numel(left)
    some = left(first:min(first + block - 1, end));
    nearest(some) = min(tileDistances(distinct, base.weights, some), [], 1);
  end
end
base.outside = reshape(nearest(base.group), [], 1);
end

function lists = shareLists(base, expected, options)
% Lists of about the lengths that decide 60, 97 and 99.7 of 100 rows, the longest only for many
% candidates; none where many rows are equal in the chosen columns, since lists would be as long as
% their groups. Lists take up to 40 bytes an entry in all, with what makes them.
n = numel(base.group);
s = size(base.columns, 2);
short = max(4, ceil(1.2 * n^(1 / (s + 1))));
factors = [1, 3, 9];
lengths = min(factors(1:2 + (expected >= 50)) * short, floor(options.memory_limit / (40 * n)));
lengths = unique(min(lengths, n - 1));
sizes = accumarray(base.group, 1);
lists = {};
if s > 0 && base.groups > 0 && sum(sizes .* sizes) / n <= short && lengths(1) > 1
  lists = nearLists(base.columns, base.weights, lengths, options);
end
end
