function [weights, told] = columnWeights(standardize, varargin)
%COLUMNWEIGHTS Weight of each column in the canonical distance, 1 x p.
%   The distance is d = d + (t.*t).*weights(k), t = a(i,k) - a(m,k), column by column. Scaling is
%   a weight inside it and never a rescaled copy of the data, so that it cannot break exact ties.
%   columnWeights(standardize, 'x', x, 'z', z) weighs the columns of [x, z] for one distance. A
%   constant column has weight 0. No distance may overflow, nor a column that varies vanish from it.
%   columnWeights(standardize, ..., 'X', X, names) names the columns of X in errors and warnings.
%   columnWeights(standardize, ..., 'X', X, names, own) gives some of all columns their OWN weight,
%   where it is not NaN.
%   With a last argument true, each of the last columns is in a distance of its own, with x before.
%   Warnings tell of differences that vanish, and of columns that vary by rounding alone. With a
%   second output, whether there is such a column, nothing warns.
names = {};
own = [];
alone = islogical(varargin{end});
if alone
  varargin(end) = [];
elseif iscell(varargin{end - 1})
  own = varargin{end};
  varargin(end) = [];
end
if mod(numel(varargin), 2) == 1
  names = varargin{end};
  varargin(end) = [];
end
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
weights(~isnan(own)) = own(~isnan(own));
weights(spread == 0) = 0;
largest = square .* weights;
[~, bounds] = leftToRightSum(largest');  % of any distance in the columns up to each
if alone
  common = numel(largest) - size(varargin{end}, 2);
  before = [0; bounds];
  bounds(common + 1:end) = before(common + 1) + largest(common + 1:end)';
end
good = isfinite(bounds') & ~(min(square, largest) < realmin & spread > 0);
sizes_ = abs(columns);
nearly = spread > 0 & spread <= 2^-48 * max(sizes_, [], 1);
sizes_(sizes_ == 0) = Inf;
small = tiny(columns, spread, min(sizes_, [], 1), weights, good);
told = any(nearly | small);
first = 0;
for k = 1:2:numel(varargin)
  mine = first + (1:size(varargin{k + 1}, 2));
  known = {};
  if k == numel(varargin) - 1
    known = names;
  end
  requireScale(good(mine), varargin{k}, known);
  if any(nearly(mine)) && nargout < 2
    warn('lcodec:nearlyConstantColumn', find(nearly(mine)), varargin{k}, known);
  end
  if any(small(mine)) && nargout < 2
    warn('lcodec:tinyDifferences', find(small(mine)), varargin{k}, known);
  end
  first = first + numel(mine);
end
end

function small = tiny(columns, spread, least, weights, good)
% Columns with differences whose squares are not normal doubles. Two doubles that differ do so by
% more than 2^-53 of the smaller one, or of the other beside 0. So most columns need no more than
% their LEAST size above 0; the others are sorted.
small = spread > 0 & good & vanishes(least * 2^-53, weights);
for k = find(small)
  steps = diff(sort(columns(:, k)));
  small(k) = vanishes(min(steps(steps > 0)), weights(k));
end
end

function answer = vanishes(step, weight)
square = step .* step;
answer = min(square, square .* weight) < realmin;
end
