function sets = tieSets(columns, weights, ties, most)
%TIESETS The tie set of every row, found once and used for many labellings.
%   sets.means(labels) is the mean of min(labels(i, b), labels(m, b)) over the tie set of each row
%   i, for n x B whole numbers; sets.listed is the memory that it needs for each b.
%
%   Tie sets are kept as lists of rows, except for the largest ones that occur: rows equal in every
%   column are each other's tie sets, and are kept as one group. Columns like one-hot codes can have
%   more tied rows than memory should hold (MOST, default 5e6): then each labelling is searched for.
if nargin < 4
  most = 5e6;
end
n = size(columns, 1);
[~, ~, group] = unique(columns, 'rows');
group = group(:);
sizes = accumarray(group, 1);  % whole numbers
counts = zeros(n, 1);
owner = cell(0, 1);
member = cell(0, 1);
listed = 0;
tile = max(1, floor(2e5 / n));
for start = 1:tile:n
  rows = (start:min(start + tile - 1, n))';
  distance = distances(columns, weights, rows);
  tied = distance == min(distance, [], 1);
  if strcmp(ties, 'first')
    tied = tied & cumsum(tied, 1) == 1;  % whole numbers
    group(rows) = 0;
  end
  counts(rows) = sum(tied, 1);  % whole numbers
  % Rows whose squared difference vanishes are at distance 0 too: then the tie set is not just the
  % group, and is listed.
  inGroup = group(rows) > 0;
  inGroup(inGroup) = counts(rows(inGroup)) == sizes(group(rows(inGroup))) - 1;
  group(rows(~inGroup)) = 0;
  tied(:, inGroup) = false;
  listed = listed + nnz(tied);
  if listed <= most
    [m, i] = find(tied);  % row by row
    member{end + 1, 1} = m(:);  %#ok<AGROW>
    owner{end + 1, 1} = rows(i(:));  %#ok<AGROW>
  end
end
if listed > most
  options = struct('ties', ties, 'seed', 0);
  sets = struct('listed', 0, 'means', @(labels) searched(labels, columns, weights, options));
  return
end
owner = vertcat(owner{:});
member = vertcat(member{:});
stop = cumsum(counts .* (group == 0));  % whole numbers
sets = struct('listed', listed, 'means', @(labels) means(labels, group, stop, owner, member));
end

function values = searched(labels, columns, weights, options)
values = zeros(size(labels));
for b = 1:size(labels, 2)
  values(:, b) = nearestValues(labels(:, b), columns, weights, 0, options);
end
end

function values = means(labels, group, stop, owner, member)
% GROUP (n x 1) numbers the row's group of equal rows, 0 for a row with a list, which ends at STOP
% of MEMBER; OWNER says whose each entry is.
[n, B] = size(labels);
values = zeros(n, B);
listed = find(group == 0);
if ~isempty(listed)
  sums = min(labels(owner, :), labels(member, :));
  stop = stop(listed);
  counts = diff([0; stop]);
  if numel(member) > numel(listed)
    upTo = [zeros(1, B); cumsum(sums, 1)];  % whole numbers
    sums = upTo(stop + 1, :) - upTo(stop - counts + 1, :);
  end
  values(listed, :) = sums ./ counts;
end
rows = find(group > 0);
if ~isempty(rows)
  % in each group by label, the sum of minima over a member's fellows is a prefix sum
  [sorted, at] = sort(group(rows) * (n + 1) + labels(rows, :), 1);
  owner = sort(group(rows));
  sorted = sorted - owner * (n + 1);
  starts = find([true; diff(owner) > 0]);
  sizes = diff([starts; numel(rows) + 1]);
  own = cumsum([true; diff(owner) > 0]);  % whole numbers
  upTo = cumsum(sorted, 1);  % whole numbers
  before = upTo - sorted;
  before = before - before(starts(own), :);
  others = sizes(own) - 1;
  place = (1:numel(rows))' - starts(own);
  values(rows(at) + (0:B - 1) * n) = (before + sorted .* (others - place)) ./ others;
end
end
