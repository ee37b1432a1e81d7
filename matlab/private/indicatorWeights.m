function own = indicatorWeights(columns, places, indicator, standardize)
%INDICATORWEIGHTS Weights of indicators of categories, and NaN for other columns, 1 x q.
%   Two different categories are at squared distance 1, or with 'std' at that over the sum of the
%   variances of the indicators: whole numbers, divided once. PLACES says which column of the table
%   each of COLUMNS belongs to, and INDICATOR which are indicators.
own = NaN(1, numel(places));
n = size(columns, 1);
for place = unique(places(indicator))
  some = places == place;
  own(some) = 0.5;
  if strcmp(standardize, 'std')
    sizes = sum(columns(:, some), 1);  % whole numbers
    own(some) = n * (n - 1) / max(sum(sizes .* (n - sizes)), 1);  % whole numbers
  end
end
end
