function values = listValues(values, labels, base, candidates, options)
%LISTVALUES What the shared neighbour lists decide of CANDIDATEVALUES; NaN for other rows.
%   A candidate adds its own term to the distances in the lists; distances only grow by it, and so
%   does their rounding. The K smallest sums are decisive, with their ties, where they are below the
%   distance in the chosen columns of every row that is not listed. Other rows go on to a longer
%   list.
n = numel(labels);
stages = base.lists;
parts = cell(size(stages));
if options.n_neighbors > 1
  for k = 1:numel(stages)
    others = reshape(labels(stages{k}.members), size(stages{k}.members));
    stages{k}.gains = gainOf(labels', others, options.classes);
    if size(values, 2) > 1
      parts{k} = partsOf(stages{k});
    end
  end
end
for j = 1:size(values, 2)
  x = candidates.columns(:, j);
  resolve = @(i, owner, member, nearer) resolveTies(labels, i, candidates.ids(j), owner, ...
                                                    member, nearer, base.step, options);
  for k = 1:numel(stages)
    list = stages{k};
    block = blockOf(list);
    rows = find(isnan(values(:, j)))';
    for first = 1:block:numel(rows)
      some = rows(first:min(first + block - 1, end));
      if numel(some) == n
        part = list;  % the same array for all candidates: Octave then keeps its check as an index
      elseif numel(rows) == n && ~isempty(parts{k})
        part = parts{k}{ceil(first / block)};
      else
        part = partOf(list, some);
      end
      values(some, j) = scan(part, x, candidates.weights(j), some, labels, resolve, options);
    end
  end
end
end

function block = blockOf(list)
% How many rows are scanned at once.
block = max(1, floor(4e4 / size(list.members, 1)));
end

function parts = partsOf(list)
% The list of all rows, block by block.
[block, n] = deal(blockOf(list), numel(list.tail));
parts = cell(1, ceil(n / block));
for k = 1:numel(parts)
  parts{k} = partOf(list, 1 + (k - 1) * block:min(k * block, n));
end
end

function part = partOf(list, rows)
part = struct('members', list.members(:, rows), 'distance', list.distance(:, rows), ...
              'tail', list.tail(rows));
if isfield(list, 'gains')
  part.gains = list.gains(:, rows);
end
end

function value = scan(list, x, weight, rows, labels, resolve, options)
t = x(rows)' - x(list.members);
distance = t .* t;
if weight ~= 1
  distance = distance .* weight;
end
distance = list.distance + distance;
K = options.n_neighbors;
[length_, q] = size(distance);
if K == 1
  [best, at] = min(distance, [], 1);
  others = labels(reshape(list.members(at + (0:q - 1) * length_), q, 1));
  value = gainOf(labels(rows), others, options.classes);
  within = distance == best;
  tied = nnz(within) > q;
else
  best = kthSmallest(distance, K);
  within = distance <= best;
  value = sum(list.gains .* within, 1)' / K;  % whole numbers
  tied = nnz(within) > K * q;
end
if tied
  % Also at equality the value would be replaced by NaN below.
  several = find(best < list.tail & sum(within, 1) > K);  % whole numbers
  if ~isempty(several)
    [place, owner] = find(within(:, several));
    column = reshape(several(owner), [], 1);
    at = place(:) + (column - 1) * length_;
    nearer = reshape(distance(at), [], 1) < reshape(best(column), [], 1);
    value(several) = resolve(rows(several)', owner(:), reshape(list.members(at), [], 1), nearer);
  end
end
value(best >= list.tail) = NaN;
end
