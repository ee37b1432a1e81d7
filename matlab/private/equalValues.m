function values = equalValues(labels, base, candidates, options)
%EQUALVALUES What CANDIDATEVALUES says of rows that are equal in every column; NaN for others.
%   The nearest rows of such a row are its equals, at distance 0, if there are enough of them. A
%   group of g rows costs O(g log g): sorted by label, the sum of minima over a member's g - 1
%   fellows is a prefix sum, and those of its class stand beside it.
n = numel(labels);
K = options.n_neighbors;
values = NaN(n, numel(candidates.counts));
repeated = candidates.counts > 0 & candidates.counts < n;
if base.groups == 0 || base.groups == n || ~any(repeated)
  return  % no two rows can be equal, or not be told apart from others at distance 0
end
average = strcmp(options.ties, 'average');
order = (1:n)';
if average
  [~, order] = sort(labels);
end
for j = find(repeated)
  code = candidates.codes{j};
  [keys, byKey] = sort((base.group(order) - 1) * candidates.counts(j) + code(order));
  rows = order(byKey);
  starts = find([true; diff(keys) ~= 0]);
  own = cumsum([true; diff(keys) ~= 0]);  % whole numbers
  sizes = diff([starts; n + 1]);
  others = sizes(own) - 1;
  t = (1:n)' - starts(own);  % place in the group, from 0
  if average
    gains = sumOverFellows(labels(rows), keys, starts(own), t, others, options.classes);
    value = K * gains ./ others / K;
    value(others < K) = NaN;
  else
    value = NaN(n, 1);
    enough = find(others >= K);
    block = max(1, floor(2e5 / K));
    for first = 1:block:numel(enough)
      some = enough(first:min(first + block - 1, end));
      element = chosenElements(others(some), K, rows(some), candidates.ids(j), base.step, options);
      at = starts(own(some)) + element + (element >= t(some));
      gains = gainOf(labels(rows(some)), reshape(labels(rows(at)), size(at)), options.classes);
      value(some) = sum(gains, 2) / K;  % whole numbers
    end
  end
  values(rows, j) = value;
end
end

function gains = sumOverFellows(sorted, keys, starts, place, others, classes)
% Sum of gains over the OTHERS of each row's group, which STARTS there and is SORTED by label.
if classes
  changes = [true; diff(keys) ~= 0 | diff(sorted) ~= 0];
  first = find(changes);
  sizes = diff([first; numel(keys) + 1]);
  gains = sizes(cumsum(changes)) - 1;  % whole numbers
else
  upTo = cumsum(sorted);  % whole numbers
  before = upTo - sorted - (upTo(starts) - sorted(starts));
  gains = before + sorted .* (others - place);
end
end
