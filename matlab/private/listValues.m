function values = listValues(values, labels, base, candidates, options)
%LISTVALUES What the shared neighbour lists decide of CANDIDATEVALUES; NaN for other rows.
%   A candidate adds its own term to the distances in the lists; distances only grow by it, and so
%   does their rounding. The smallest sum is decisive, with its ties, where it is below the distance
%   in the chosen columns of every row that is not listed. The other rows go on to a longer list.
n = numel(labels);
for j = 1:size(values, 2)
  x = candidates.columns(:, j);
  resolve = @(i, owner, member) resolveTies(labels, i, candidates.ids(j), owner, member, ...
                                            base.step, options);
  for stage = base.lists
    list = stage{1};
    block = max(1, floor(4e4 / size(list.members, 1)));
    rows = find(isnan(values(:, j)))';
    for first = 1:block:numel(rows)
      some = rows(first:min(first + block - 1, end));
      if numel(some) < n
        part = struct('members', list.members(:, some), 'distance', list.distance(:, some), ...
                      'tail', list.tail(some));
      else
        part = list;  % the same array for all candidates: Octave then keeps its check as an index
      end
      values(some, j) = scan(part, x, candidates.weights(j), some, labels, resolve);
    end
  end
end
end

function value = scan(list, x, weight, rows, labels, resolve)
t = x(rows)' - x(list.members);
distance = t .* t;
if weight ~= 1
  distance = distance .* weight;
end
distance = list.distance + distance;
[best, at] = min(distance, [], 1);
[K, q] = size(distance);
value = min(labels(rows), labels(reshape(list.members(at + (0:q - 1) * K), q, 1)));
tied = distance == best;
if nnz(tied) > q
  % Also at equality the value would be replaced by NaN below.
  several = find(best < list.tail & sum(tied, 1) > 1);  % whole numbers
  if ~isempty(several)
    [place, owner] = find(tied(:, several));
    member = list.members(place(:) + (reshape(several(owner), [], 1) - 1) * K);
    value(several) = resolve(rows(several)', owner(:), member(:));
  end
end
value(best >= list.tail) = NaN;
end
