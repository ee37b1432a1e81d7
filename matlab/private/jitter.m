function columns = jitter(columns, name, draw, purpose, options, names)
%JITTER Add Gaussian noise to every column of the argument NAME; constant columns stay as they are.
%   Its standard deviation is options.sigma, in units of the column's own unless
%   options.standardize is 'none'. Errors name columns by NAMES, default {}.
if nargin < 6
  names = {};
end
scale = repmat(options.sigma, 1, size(columns, 2));
constant = max(columns, [], 1) == min(columns, [], 1);
if ~strcmp(options.standardize, 'none')
  square = variance(columns);
  requireScale(constant | (square >= realmin & isfinite(square)), name, names);
  scale = scale .* sqrt(square);
end
scale(constant) = 0;
% the largest of these normal numbers is 8.3, the quantile of 2^-54
requireScale(isfinite(max(abs(columns), [], 1) + 9 * scale), name, names);
noise = gaussian(size(columns, 1), 0:size(columns, 2) - 1, draw, purpose, options.seed);
columns = columns + scale .* noise;
end
