function values = equalValues(labels, base, candidates, options)
%EQUALVALUES What CANDIDATEVALUES says of rows that are equal in every column; NaN for others.
%   The nearest rows of such a row are its equals, at distance 0. A group of g rows costs
%   O(g log g): sorted by label, the sum of minima over a member's g - 1 fellows is a prefix sum.
n = numel(labels);
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
    sorted = labels(rows);
    upTo = cumsum(sorted);  % whole numbers
    before = upTo - sorted - (upTo(starts(own)) - sorted(starts(own)));
    value = (before + sorted .* (others - t)) ./ others;  % 0/0 = NaN for a row without equals
  else
    element = zeros(n, 1);
    if strcmp(options.ties, 'random')
      element = randomElement(others, rows, candidates.ids(j), base.step, options.seed);
    end
    at = min(starts(own) + element + (element >= t), n);
    value = min(labels(rows), labels(rows(at)));
    value(others == 0) = NaN;
  end
  values(rows, j) = value;
end
end
