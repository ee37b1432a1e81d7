function T = lcodec(y, z, x, varargin)
%LCODEC Randomised coefficient of conditional dependence, on data with small noise.
%   T = LCODEC(y, z) returns T(Y, Z) after Gaussian noise was added to y and z.
%   T = LCODEC(y, z, x) returns T(Y, Z | X), with noise on x too.
%   T = LCODEC(y, z, NAME, VALUE, ...) and LCODEC(y, z, x, NAME, VALUE, ...) set
%   options.
%
%   The noise removes all ties. It is a pure function of seed, row, column and
%   draw, the same as in Python. Constant columns and a constant response stay
%   constant. Classes have no noise: with 'response' 'nominal' it is on z and x
%   alone.
%
%   What it loses: for discrete y and small sigma, T(Y, Y) tends to
%   1 - sum(p_k^2), 0.5 for a balanced bit, so it is no longer 1 for a function
%   of z, and values of different responses cannot be compared. Noise on x that
%   is not small breaks conditional independence.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     y   n x 1   response, n >= 3
%     z   n x q   variables whose additional effect on y is measured
%     x   n x p   conditioning variables; [] for none
%
%   Options
%     'sigma'        standard deviation of the noise: absolute, or in units of
%                    each column's standard deviation when 'standardize' is not
%                    'none'; default 0.01
%     'draws'        independent draws of the noise, whose coefficients are
%                    averaged; default 1
%     'n_neighbors'  number K of nearest neighbours that count, as in CODEC;
%                    default 1
%     'standardize'  as in CODEC; default 'none'
%     'seed'         seed of the noise, a whole number in [0, 2^53); default 0
%     'missing', 'n_jobs', 'response'   as in CODEC
%
%   Output
%     T   1 x 1   mean coefficient over the draws; NaN with the warning
%                 lcodec:constantResponse for constant y
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     y = double(X(:, 1) > 0.5);
%     codec(y, y)     % 1.0000
%     lcodec(y, y)    % 0.5052
%
%   Reference
%     R. Mehta, S. Pal, V. Singh, S. N. Ravi, "Deep Unlearning via Randomized
%     Conditionally Independent Hessians", CVPR 2022.
%
%   See also CODEC, LFOCI.

if nargin < 2
  fail('lcodec:missingInput', 'lcodec needs `y` and `z`: lcodec(y, z) or lcodec(y, z, x)');
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, {'sigma', 0.01, 'draws', 1, 'n_neighbors', 1, ...
                                  'standardize', 'none', 'seed', 0, 'missing', 'refuse', ...
                                  'n_jobs', [], 'response', []});
options.ties = 'average';
y = classNumbers(y, options);
kinds = {'vector', 'ordinal'};  % classes have no noise
[y, z, x] = checkData(options.missing, kinds{1 + options.classes}, 'y', y, 'matrix', 'z', z, ...
                      'optional', 'x', x);
tellFewValues(y, options);
options.n_neighbors = neighborsOf(options.n_neighbors, numel(y));
if max(y) == min(y)
  warn('lcodec:constantResponse');
  T = NaN;
  return
end
purpose = constants();
values = zeros(options.draws, 1);
for draw = 0:options.draws - 1
  noisyY = y;
  if ~options.classes
    noisyY = jitter(y, 'y', draw, purpose.RESPONSE, options);
  end
  noisyZ = jitter(z, 'z', draw, purpose.FEATURES, options);
  noisyX = jitter(x, 'x', draw, purpose.CONDITION, options);
  weights = columnWeights(options.standardize, 'x', noisyX, 'z', noisyZ);
  values(draw + 1) = coefficientOf(responseOf(noisyY, options), noisyZ, noisyX, weights, options);
end
T = leftToRightSum(values) / options.draws;
end
