function columns = addNoise(columns, draw, purpose, options)
%ADDNOISE Add Gaussian noise to every column; constant columns stay as they are.
%   Its standard deviation is options.sigma, in units of the column's own unless
%   options.standardize is 'none'.
if strcmp(options.standardize, 'none')
  scale = repmat(options.sigma, 1, size(columns, 2));
else
  scale = options.sigma .* sqrt(columnVariance(columns));
end
scale(max(columns, [], 1) == min(columns, [], 1)) = 0;
noise = gaussianNoise(size(columns, 1), 0:size(columns, 2) - 1, draw, purpose, options.seed);
columns = columns + scale .* noise;
end
