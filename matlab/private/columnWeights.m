function weights = columnWeights(standardize, varargin)
%COLUMNWEIGHTS Weight of each column in the canonical distance, 1 x p.
%   The distance is d = d + (t.*t).*weights(k), t = a(i,k) - a(m,k), column by column. Scaling is
%   a weight inside it and never a rescaled copy of the data, so that it cannot break exact ties.
%   columnWeights(standardize, 'x', x, 'z', z) weighs the columns of [x, z] for one distance. A
%   constant column has weight 0. No distance may overflow, nor a column that varies vanish from it.
columns = [varargin{2:2:end}];
spread = max(columns, [], 1) - min(columns, [], 1);
square = spread .* spread;
switch standardize
  case 'none'
    weights = ones(size(spread));
  case 'range'
    weights = 1 ./ square;
  otherwise
    weights = 1 ./ variance(columns);
end
weights(spread == 0) = 0;
largest = square .* weights;
[~, bounds] = leftToRightSum(largest');  % of any distance in the columns up to each
bad = find(~isfinite(bounds') | (largest == 0 & spread > 0), 1);
if ~isempty(bad)
  name = 1;
  while bad > size(varargin{2 * name}, 2)
    bad = bad - size(varargin{2 * name}, 2);
    name = name + 1;
  end
  fail('lcodec:badScale', ...
       ['`%s` must have squared differences and variances that double precision can hold, ' ...
        'got a column (number %d, counting from 1) that does not; rescale it'], ...
       varargin{2 * name - 1}, bad);
end
end
