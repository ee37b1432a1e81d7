function [values, base] = candidateValues(labels, base, candidates, expected, options)
%CANDIDATEVALUES Mean gain of each row i over its K nearest other rows m.
%   [values, base] = candidateValues(labels, base, candidates, expected, options) is n x p: column j
%   belongs to the neighbours in the columns of BASE (see conditionOn) and column j of CANDIDATES (a
%   columnSet). The gain of a pair is min(labels(i), labels(m)), or with options.classes whether its
%   labels are equal, 1 or 0. K is options.n_neighbors. With A the rows nearer than the K-th, and B
%   those as near, all of A count, and options.ties says how K - |A| rows of B are counted: by the
%   mean over B, some at random (options.seed, candidates.ids and base.step count the random
%   numbers) or the first. EXPECTED is how many candidates BASE serves in all: neighbour lists are
%   made when they pay, and returned in BASE for the next call.
%
%   Each row is decided by the first of these that can: sorting, where it has K equals; sorting
%   along the candidate, where it has K equals in the chosen columns; the shared lists; boxes, and
%   in the end every row, for this candidate. All are exact, and memory stays far below n x n.
%
%   gpuArray: every operation from here down is one that gpuArray has (elementwise operations, sort,
%   min, max, cumsum, diff, find, unique, accumarray, indexing), and none makes a gpuArray.
options = withNeighbors(options);
values = equalValues(labels, base, candidates, options);
undone = nnz(isnan(values));
if undone > 0 && base.groups > 0 && base.groups <= numel(labels) / 2
  base = findOutside(base);
  values = runValues(values, labels, base, candidates, options);
  undone = nnz(isnan(values));
end
if undone == 0
  return
end
if isempty(base.lists) && undone / size(values, 2) * expected > 3 * numel(labels)
  base = shareLists(base, expected, options);
end
if ~isempty(base.lists)
  values = listValues(values, labels, base, candidates, options);
end
for j = find(any(isnan(values), 1))
  rows = find(isnan(values(:, j)));
  if base.prunes && numel(rows) * numel(labels) > 4e6
    resolve = @(i, owner, member, nearer) resolveTies(labels, i, candidates.ids(j), owner, ...
                                                      member, nearer, base.step, options);
    [values(rows, j), ~, left] = leafValues([base.columns, candidates.columns(:, j)], ...
                                            [base.weights, candidates.weights(j)], rows, ...
                                            resolve, base.tile, options.n_neighbors);
    base.prunes = isempty(left);
  end
end
values = groupValues(values, labels, base, candidates, options);
values = tileValues(values, labels, base, candidates, options);
end

function base = findOutside(base)
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
    [~, nearest, left] = leafValues(distinct, base.weights, left, ...
                                    @(i, owner, member, nearer) zeros(size(i)), base.tile, 1);
  end
  block = max(1, floor(base.tile / base.groups));
  for first = 1:block:numel(left)
    some = left(first:min(first + block - 1, end));
    nearest(some) = min(distances(distinct, base.weights, some), [], 1);
  end
end
base.outside = reshape(nearest(base.group), [], 1);
end

function base = shareLists(base, expected, options)
% Lists of about the lengths that decide 60, 97 and 99.7 of 100 rows, the longest only for many
% candidates; none where many rows are equal in the chosen columns, since lists would be as long as
% their groups. Lists take up to 40 bytes an entry in all, with what makes them, and 64 for K > 1.
n = numel(base.group);
s = size(base.columns, 2);
K = options.n_neighbors;
short = max(4, ceil(1.2 * n^(1 / (s + 1))));
factors = [1, 2, 4, 8, 16];
if K > 1  % rows differ less in how far their K nearest are
  short = ceil(1.6 * (n * K^s)^(1 / (s + 1)));
  factors = [1, 2, 4, 6, 9];
end
longest = floor(options.memory_limit / ((40 + 24 * (K > 1)) * n));
lengths = min(factors(1:3 + (expected >= 50) * (1 + (s > 1))) * short, longest);
lengths = unique(min(lengths, n - 1));
lengths = lengths(lengths > K);
sizes = accumarray(base.group, 1);  % whole numbers
equals = sum(sizes .* sizes) / n;  % whole numbers
base.lists = {};
if s > 0 && base.groups > 0 && equals <= short && ~isempty(lengths)
  [base.lists, base.order] = nearestLists(base.columns, base.weights, lengths, base.tile);
end
end

function values = tileValues(values, labels, base, candidates, options)
% What is left: exhaustive search, in tiles of rows and of pairs of a row and a candidate. The
% candidates share the distances in the chosen columns.
n = numel(labels);
x = candidates.columns;
rows = find(any(isnan(values), 2));
block = max(1, floor(base.tile / n));
for first = 1:block:numel(rows)
  some = rows(first:min(first + block - 1, end));
  shared = distances(base.columns, base.weights, some);
  [places, columns] = find(isnan(values(some, :)));
  for next = 1:block:numel(places)
    pairs = next:min(next + block - 1, numel(places));
    place = reshape(places(pairs), [], 1);
    j = reshape(columns(pairs), [], 1);
    at = some(place) + (j - 1) * n;
    t = reshape(x(at), 1, []) - x(:, j);
    distance = shared(:, place) + (t .* t) .* reshape(candidates.weights(j), 1, []);
    [reach, within] = nearestPlaces(distance, options.n_neighbors);
    owner = reshape(ceil(within / n), [], 1);
    member = within(:) - (owner - 1) * n;
    nearer = reshape(distance(within), [], 1) < reshape(reach(owner), [], 1);
    values(at) = resolveTies(labels, some(place), reshape(candidates.ids(j), [], 1), owner, ...
                             member, nearer, base.step, options);
  end
end
end
