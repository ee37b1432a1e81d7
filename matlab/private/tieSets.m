function sets = tieSets(columns, weights, ties, most)
%TIESETS The tie set of every row, found once and used for many labellings by tieMeans.
%   Tie sets are kept as lists of rows, except for the largest ones that occur: rows equal in every
%   column are each other's tie sets, and are kept as one group. Fields:
%     group    n x 1   number of the row's group of equal rows, 0 for a row with a list
%     sizes    g x 1   number of rows in each group
%     stop     n x 1   ends of the lists in member
%     owner, member    the rows of the lists, and whose they are
%     listed   1 x 1   total length of the lists
%     stored   whether there are lists: columns like one-hot codes can have more tied rows than
%              memory should hold (MOST, default 5e6), and tieMeans searches for every labelling
if nargin < 4
  most = 5e6;
end
n = size(columns, 1);
[~, ~, group] = unique(columns, 'rows');
group = group(:);
sizes = accumarray(group, 1);
counts = zeros(n, 1);
owner = cell(0, 1);
member = cell(0, 1);
listed = 0;
tile = max(1, floor(2e5 / n));
for start = 1:tile:n
  rows = (start:min(start + tile - 1, n))';
  distance = zeros(numel(rows), n);
  for k = 1:size(columns, 2)
    t = columns(rows, k) - columns(:, k)';
    distance = distance + (t .* t) .* weights(k);
  end
  distance((1:numel(rows))' + (rows - 1) * numel(rows)) = Inf;  % never a neighbour of itself
  tied = distance == min(distance, [], 2);
  if strcmp(ties, 'first')
    tied = tied & cumsum(tied, 2) == 1;
    group(rows) = 0;
  end
  counts(rows) = sum(tied, 2);
  % Rows whose squared difference vanishes are at distance 0 too: then the tie set is not just the
  % group, and is listed.
  inGroup = group(rows) > 0;
  inGroup(inGroup) = counts(rows(inGroup)) == sizes(group(rows(inGroup))) - 1;
  group(rows(~inGroup)) = 0;
  tied(inGroup, :) = false;
  listed = listed + sum(counts(rows(~inGroup)));
  if listed <= most
    [m, i] = find(tied');  % row by row
    member{end + 1, 1} = m(:);  %#ok<AGROW>
    owner{end + 1, 1} = rows(i(:));  %#ok<AGROW>
  end
end
stored = listed <= most;
if ~stored
  owner = cell(0, 1);
  member = cell(0, 1);
  listed = 0;
end
sets = struct('group', group, 'sizes', sizes, 'stop', cumsum(counts .* (group == 0)), ...
              'owner', vertcat(owner{:}), 'member', vertcat(member{:}), 'listed', listed, ...
              'stored', stored, 'columns', columns, 'weights', weights, 'ties', ties);
end
