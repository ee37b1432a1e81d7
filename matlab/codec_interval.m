function result = codec_interval(y, z, x, varargin)
%CODEC_INTERVAL Coefficient T(Y, Z | X) with its standard error and an interval.
%   result = CODEC_INTERVAL(y, z) is about T(Y, Z), as CODEC returns it.
%   result = CODEC_INTERVAL(y, z, x) is about T(Y, Z | X).
%   result = CODEC_INTERVAL(y, z, NAME, VALUE, ...) and
%   CODEC_INTERVAL(y, z, x, NAME, VALUE, ...) set options.
%
%   The standard error comes from T on random subsamples of rows, drawn without
%   replacement. (The bootstrap would be wrong: a row drawn twice is its own
%   nearest neighbour.)
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     y   n x 1   response, n >= 11
%     z   n x q   variables whose additional effect on y is measured
%     x   n x p   conditioning variables; [] for none
%
%   Options (names are read without regard to case and underscores)
%     'level'           of the interval, above 0 and below 1; default 0.95
%     'n_resamples'     number B of subsamples, at least 2; default 200
%     'subsample_size'  rows m in a subsample, at least 10 and less than n; []
%                       (default) for floor(n^(3/4)), at least 10
%     'seed'            seed of the subsamples and of 'random' ties, a whole
%                       number in [0, 2^53); default 0
%     'ties', 'n_neighbors', 'standardize', 'missing', 'n_jobs', 'response'
%                       as in CODEC; 'n_neighbors' less than m. Columns are scaled
%                       by the whole sample, in subsamples too
%
%   Output: a struct with
%     statistic   1 x 1   T as CODEC returns it with the same options
%     se          1 x 1   its standard error, sqrt(var(T_m) m / (n - m)) with T_m
%                         of the subsamples
%     low, high   1 x 1   T -+ z se with the normal quantile z; not cut at 0 or 1
%     level       1 x 1   as given
%     m           1 x 1   rows in a subsample
%     used        1 x 1   subsamples in which T is defined, which se comes from.
%                         Where y is constant in some, or determined by x, the
%                         warning lcodec:undefinedSubsamples says that they are
%                         left out; of fewer than two, se is NaN.
%   Where T is undefined all are NaN but the last three, with the warning of CODEC.
%
%   The interval is one for what T tends to with many samples, if T is nearly
%   unbiased. With more than three columns in x and z together, T is biased
%   towards 0 by more than se, and with two where y jumps: the interval is then
%   one for the mean of T at this n. docs/intervals.md has the coverage.
%
%   Errors have the ids and texts of the Python package.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233]) * 43758.5453, 1);
%     y = mod(X(:, 1) + X(:, 2), 1);
%     r = codec_interval(y, X(:, 2), X(:, 1));
%     [r.statistic, r.low, r.high]       % 0.8978 0.8211 0.9745
%
%   Reference
%     D. Politis, J. Romano, "Large sample confidence regions based on subsamples
%     under minimal assumptions", Annals of Statistics 22(4):2031-2050, 1994.
%     Z. Lin, F. Han, "On the failure of the bootstrap for Chatterjee's rank
%     correlation", Biometrika, 2024, arXiv:2303.14088.
%
%   See also CODEC, XI_INTERVAL, CODEC_TEST.

if nargin < 2
  fail('lcodec:missingInput', ['codec_interval needs `y` and `z`: codec_interval(y, z) or ', ...
                               'codec_interval(y, z, x)']);
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, {'level', 0.95, 'n_resamples', 200, 'subsample_size', [], ...
                                  'ties', {'average', 'random', 'first'}, 'n_neighbors', 1, ...
                                  'standardize', 'none', 'seed', 0, 'missing', 'refuse', ...
                                  'n_jobs', [], 'response', []});
y = classNumbers(y, options);
[y, z, x] = checkData(options.missing, 'ordinal', 'y', y, 'matrix', 'z', z, 'optional', 'x', x);
tellFewValues(y, options);
options.subsample_size = subsampleSize(options.subsample_size, numel(y));
options.n_neighbors = neighborsOf(options.n_neighbors, options.subsample_size, ' of a subsample');
weights = columnWeights(options.standardize, 'x', x, 'z', z);
T = coefficientOf(responseOf(y, options), z, x, weights, options);
ofRows = @(rows) coefficientOf(responseOf(y(rows), options), z(rows, :), x(rows, :), weights, ...
                               options, true);
result = subsampleInterval(T, ofRows, numel(y), options);
end
