function [selected, scores, info] = lfoci(X, y, varargin)
%LFOCI Randomised FOCI: feature selection on a table with small Gaussian noise.
%   selected = LFOCI(X, y) adds Gaussian noise to y and to every column of X,
%   which removes all ties, and selects columns by FOCI. A column keeps its noise
%   for the whole run. The noise is a pure function of seed, row and column, the
%   same as in Python. A nominal response has none, since classes have no
%   distances.
%   [selected, scores, info] = LFOCI(X, y, NAME, VALUE, ...) sets options.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     X   n x p   features, n >= 3; constant columns stay constant and are
%                 never candidates (warning lcodec:constantColumn)
%     y   n x 1   response (n x r as in CODEC), or its name, as in FOCI; a
%                 constant one stays constant
%
%   Options (names are read without regard to case and underscores)
%     'sigma'         standard deviation of the noise, in units of each column's
%                     standard deviation, or absolute when 'standardize' is
%                     'none'; default 0.01
%     'draws'         independent noisy tables, whose coefficients are averaged
%                     at every step; default 1
%     'given', 'groups', 'max_features', 'stop', 'min_gain', 'n_neighbors',
%     'standardize', 'missing'
%                     as in FOCI
%     'seed'          seed of the noise, a whole number in [0, 2^53); default 0
%     'n_jobs', 'memory_limit', 'progress', 'response'   as in FOCI
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
%   See also FOCI, LCODEC.

if nargin < 2
  fail('lcodec:missingInput', 'lfoci needs `X` and `y`: lfoci(X, y)');
end
options = checkOptions(varargin, {'sigma', 0.01, 'draws', 1, 'given', [], 'groups', [], ...
                                  'max_features', [], 'stop', true, 'min_gain', 0, ...
                                  'n_neighbors', 1, 'standardize', 'std', 'seed', 0, ...
                                  'missing', 'refuse', 'n_jobs', [], 'memory_limit', [], ...
                                  'progress', false, 'response', []});
options.ties = 'average';
[X, y, given, names, candidates] = readFeatures(X, y, options.given, options, 'vectors');
options.n_neighbors = neighborsOf(options.n_neighbors, size(y, 1));
own = indicatorWeights(X, candidates, options.standardize);
purpose = constants();
tables = cell(1, options.draws);
for draw = 0:options.draws - 1
  noisyX = jitter(X, 'X', draw, purpose.FEATURES, options, names);
  noisyY = y;
  if ~options.classes  % which have no noise
    noisyY = jitter(y, 'y', draw, purpose.RESPONSE, options);
  end
  tables{draw + 1} = tableOf(noisyX, noisyY, options, given, names, candidates, own);
end
[selected, scores, info] = selectColumns(tables, X, given, names, candidates, options);
end
