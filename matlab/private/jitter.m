function columns = jitter(columns, draw, purpose, options)
%JITTER Add Gaussian noise to every column; constant columns stay as they are.
%   Its standard deviation is options.sigma, in units of the column's own unless
%   options.standardize is 'none'.
scale = repmat(options.sigma, 1, size(columns, 2));
if ~strcmp(options.standardize, 'none')
  scale = scale .* sqrt(variance(columns));
end
scale(max(columns, [], 1) == min(columns, [], 1)) = 0;
noise = gaussian(size(columns, 1), 0:size(columns, 2) - 1, draw, purpose, options.seed);
columns = columns + scale .* noise;
end
