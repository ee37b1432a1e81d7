function [selected, scores, info] = lfoci(X, y, varargin)
%LFOCI Randomised FOCI: feature selection on a table with small Gaussian noise.
%   selected = LFOCI(X, y) adds Gaussian noise to y and to every column of X,
%   which removes all ties, and selects columns by FOCI. A column keeps its noise
%   for the whole run. The noise is a pure function of seed, row and column, the
%   same as in Python.
%   [selected, scores, info] = LFOCI(X, y, NAME, VALUE, ...) sets options.
%
%   Inputs (rows are samples; numeric or logical, full, real and finite)
%     X   n x p   features, n >= 3; constant columns stay constant and are
%                 never candidates (warning lcodec:constantColumn)
%     y   n x 1   response; a constant response stays constant
%
%   Options (names are read without regard to case and underscores)
%     'sigma'         standard deviation of the noise, in units of each column's
%                     standard deviation, or absolute when 'standardize' is
%                     'none'; default 0.01
%     'max_features', 'stop', 'standardize'   as in FOCI
%     'seed'          seed of the noise, a whole number in [0, 2^53); default 0
%
%   Outputs as in FOCI.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     X = round(9 * X);
%     lfoci(X, X(:, 4) .* X(:, 2) + X(:, 4))    % 4 2
%
%   Reference
%     R. Mehta, S. Pal, V. Singh, S. N. Ravi, "Deep Unlearning via Randomized
%     Conditionally Independent Hessians", CVPR 2022.
%
%   See also FOCI, CODEC.

if nargin < 2
  refuse('lcodec:missingInput', 'lfoci needs `X` and `y`: lfoci(X, y)');
end
options = readOptions(varargin, struct('sigma', 0.01, 'max_features', [], 'stop', true, ...
                                       'standardize', 'std', 'seed', 0));
options.sigma = readNonnegative(options.sigma, 'sigma');
options.max_features = readLimit(options.max_features);
options.stop = readFlag(options.stop, 'stop');
options.standardize = readScaling(options.standardize);
options.seed = readWhole(options.seed, 'seed', 0);
options.ties = 'average';
X = checkMatrix(X, 'X');
y = checkVector(y, 'y', size(X, 1), 'X');
X = addNoise(X, 3, options);
y = addNoise(y, 2, options);
[selected, scores, info] = selectColumns(X, y, options);
end

function columns = addNoise(columns, purpose, options)
if strcmp(options.standardize, 'none')
  scale = repmat(options.sigma, 1, size(columns, 2));
else
  scale = options.sigma .* sqrt(columnVariance(columns));
end
scale(max(columns, [], 1) == min(columns, [], 1)) = 0;
noise = gaussianNoise(size(columns, 1), 0:size(columns, 2) - 1, 0, purpose, options.seed);
columns = columns + scale .* noise;
end
