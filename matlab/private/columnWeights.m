function [weights, reach] = columnWeights(columns, standardize, name, reach)
%COLUMNWEIGHTS Weight of each column in the canonical distance, 1 x p, and a bound of any distance.
%   The distance is d = d + (t.*t).*weights(k), t = a(i,k) - a(m,k), column by column. Scaling is
%   a weight inside it and never a rescaled copy of the data, so that it cannot break exact ties.
%   A constant column has weight 0. REACH is the bound of columns that come before these. No
%   distance may overflow, nor a column that varies vanish from it.
p = size(columns, 2);
spread = max(columns, [], 1) - min(columns, [], 1);
square = spread .* spread;
switch standardize
  case 'none'
    weights = ones(1, p);
  case 'range'
    weights = 1 ./ square;
  otherwise
    weights = 1 ./ columnVariance(columns);
end
weights(spread == 0) = 0;
largest = square .* weights;
bounds = cumsum([reach, largest]);
bad = ~isfinite(bounds(2:end)) | (largest == 0 & spread > 0);
if any(bad)
  refuse('lcodec:badScale', ...
         ['`%s` must have squared differences and variances that double precision can hold, ' ...
          'got a column (number %d, counting from 1) that does not; rescale it'], ...
         name, find(bad, 1));
end
reach = bounds(end);
end
