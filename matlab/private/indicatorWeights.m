function own = indicatorWeights(columns, candidates, standardize)
%INDICATORWEIGHTS Weights of the indicators of categories, and NaN for other columns, 1 x q.
%   Two different categories are at squared distance 1, or with 'std' at that over the sum of the
%   variances of the indicators: whole numbers, divided once. See candidatesOf.
own = NaN(1, numel(candidates.own));
n = size(columns, 1);
for place = unique(candidates.own(candidates.indicator))
  some = candidates.own == place;
  own(some) = 0.5;
  if strcmp(standardize, 'std')
    sizes = sum(columns(:, some), 1);  % whole numbers
    own(some) = n * (n - 1) / max(sum(sizes .* (n - sizes)), 1);  % whole numbers
  end
end
end
