function values = equalRowValues(labels, chosen, chosenWeights, candidates, weights, ids, ...
                                 step, options)
%EQUALROWVALUES The part of TIEVALUES for rows that are equal in every column; NaN for the others.
%   The nearest rows of such a row are its equals, at distance 0. A group of g rows costs
%   O(g log g): sorted by label, the sum of minima over a member's g - 1 fellows is a prefix sum.
n = numel(labels);
values = NaN(n, size(candidates, 2));
group = ones(n, 1);
groups = 1;
for k = 1:size(chosen, 2)
  [code, count] = valueCodes(chosen(:, k), chosenWeights(k));
  if count == 0
    return
  end
  [~, ~, group] = unique((group - 1) * count + code);
  groups = max(group);
end
average = strcmp(options.ties, 'average');
order = (1:n)';
if average
  [~, order] = sort(labels);
end
for j = 1:size(candidates, 2)
  [code, count] = valueCodes(candidates(:, j), weights(j));
  if count == 0 || count == n || groups == n
    continue  % unusable, or no two rows can be equal
  end
  [keys, byKey] = sort((group(order) - 1) * count + code(order));
  rows = order(byKey);
  starts = find([true; diff(keys) ~= 0]);
  own = cumsum([true; diff(keys) ~= 0]);
  sizes = diff([starts; n + 1]);
  others = sizes(own) - 1;
  t = (1:n)' - starts(own);  % place in the group, from 0
  if average
    sorted = labels(rows);
    upTo = cumsum(sorted);
    before = upTo - sorted - (upTo(starts(own)) - sorted(starts(own)));
    value = (before + sorted .* (others - t)) ./ others;  % 0/0 = NaN for a row without equals
  else
    element = zeros(n, 1);
    if strcmp(options.ties, 'random')
      element = tieChoice(others, rows, ids(j), step, options.seed);
    end
    at = min(starts(own) + element + (element >= t), n);
    value = min(labels(rows), labels(rows(at)));
    value(others == 0) = NaN;
  end
  values(rows, j) = value;
end
end

function [code, count] = valueCodes(column, weight)
% Number the distinct values from 1. A column whose smallest step vanishes when squared is left
% out (count 0): there, distance 0 does not mean equal rows.
[distinct, ~, code] = unique(column);
code = code(:);
count = numel(distinct);
step = min(diff(distinct));
if count > 1 && ~((step * step) * weight > 0)
  count = 0;
end
end
