function sets = tieSets(columns, weights, options, most)
%TIESETS The nearest rows of every row, found once and used for many labellings.
%   sets.means(labels) is the mean gain of each row i over its K nearest rows, as candidateValues
%   has it, for labels n x B; sets.listed is the memory that it needs for each b. OPTIONS has ties,
%   n_neighbors and classes.
%
%   Nearest rows are kept as lists, with the tie set of the K-th, except for the largest tie sets
%   that occur: rows equal in every column are each other's tie sets, and are kept as one group.
%   Columns like one-hot codes can have more tied rows than memory should hold (MOST, default 5e6):
%   then each labelling is searched for.
if nargin < 4
  most = 5e6;
end
options = withNeighbors(options);
K = options.n_neighbors;
n = size(columns, 1);
[~, ~, group] = unique(columns, 'rows');
group = group(:);
sizes = accumarray(group, 1);  % whole numbers
counts = zeros(n, 1);  % of tie sets
needed = zeros(n, 1);  % how many of them count
owner = cell(0, 1);
member = cell(0, 1);
isTied = cell(0, 1);
listed = 0;
tile = max(1, floor(2e5 / n));
for start = 1:tile:n
  rows = (start:min(start + tile - 1, n))';
  distance = distances(columns, weights, rows);
  reach = kthSmallest(distance, K);
  tied = distance == reach;
  nearer = distance < reach;
  needed(rows) = K - sum(nearer, 1);  % whole numbers
  if strcmp(options.ties, 'first')
    tied = tied & cumsum(tied, 1) <= needed(rows)';  % whole numbers
    group(rows) = 0;
  end
  counts(rows) = sum(tied, 1);  % whole numbers
  % Rows whose squared difference vanishes are at distance 0 too: then the tie set is not just the
  % group, and is listed.
  inGroup = group(rows) > 0;
  inGroup(inGroup) = counts(rows(inGroup)) == sizes(group(rows(inGroup))) - 1;
  inGroup = inGroup & reach' == 0;
  group(rows(~inGroup)) = 0;
  within = nearer | tied;
  within(:, inGroup) = false;
  listed = listed + nnz(within);
  if listed <= most
    [m, i] = find(within);  % row by row
    isTied{end + 1, 1} = reshape(tied(m(:) + (i(:) - 1) * n), [], 1);  %#ok<AGROW>
    member{end + 1, 1} = m(:);  %#ok<AGROW>
    owner{end + 1, 1} = rows(i(:));  %#ok<AGROW>
  end
end
if listed > most
  options.seed = 0;
  sets = struct('listed', 0, 'means', @(labels) searched(labels, columns, weights, options));
  return
end
owner = vertcat(owner{:});
member = vertcat(member{:});
lists = struct('group', group, 'counts', counts, 'needed', needed, 'owner', owner, ...
               'member', member, 'tied', vertcat(isTied{:}));
sets = struct('listed', listed, 'means', @(labels) means(labels, lists, options));
end

function values = searched(labels, columns, weights, options)
values = zeros(size(labels));
for b = 1:size(labels, 2)
  values(:, b) = nearestValues(labels(:, b), columns, weights, 0, options);
end
end

function values = means(labels, lists, options)
% lists.group (n x 1) numbers the row's group of equal rows, 0 for a row with a list, whose entries
% are lists.MEMBER; OWNER says whose each entry is, TIED whether it stands in the tie set, of which
% a row has COUNTS entries, and NEEDED of them count.
K = options.n_neighbors;
[n, B] = size(labels);
values = zeros(n, B);
listed = find(lists.group == 0);
if ~isempty(listed)
  gains = gainOf(labels(lists.owner, :), labels(lists.member, :), options.classes);
  counts = lists.counts(listed);
  needed = lists.needed(listed);
  all_ = counts + K - needed;
  if numel(lists.member) > numel(listed)
    tied = sumOfLists(gains .* lists.tied, all_);
    sure = sumOfLists(gains .* ~lists.tied, all_);
    values(listed, :) = (needed .* tied ./ counts + sure) / K;
  else
    values(listed, :) = gains;
  end
end
rows = find(lists.group > 0);
if ~isempty(rows)
  % in each group by label, the sum of minima over a member's fellows is a prefix sum, and those of
  % its class stand beside it
  group = lists.group(rows);
  [sorted, at] = sort(group * (n + 1) + labels(rows, :), 1);
  owner = sort(group);
  starts = find([true; diff(owner) > 0]);
  sizes = diff([starts; numel(rows) + 1]);
  own = cumsum([true; diff(owner) > 0]);  % whole numbers
  others = sizes(own) - 1;
  if options.classes
    changes = [true(1, B); diff(sorted, 1, 1) ~= 0];
    first = find(changes);
    sizes = diff([first; numel(sorted) + 1]);
    gains = reshape(sizes(cumsum(changes(:))), size(sorted)) - 1;  % whole numbers
  else
    sorted = sorted - owner * (n + 1);
    upTo = cumsum(sorted, 1);  % whole numbers
    before = upTo - sorted;
    before = before - before(starts(own), :);
    place = (1:numel(rows))' - starts(own);
    gains = before + sorted .* (others - place);
  end
  values(rows(at) + (0:B - 1) * n) = K * gains ./ others / K;
end
end

function sums = sumOfLists(gains, counts)
upTo = [zeros(1, size(gains, 2)); cumsum(gains, 1)];  % whole numbers
stop = cumsum(counts);  % whole numbers
sums = upTo(stop + 1, :) - upTo(stop - counts + 1, :);
end
