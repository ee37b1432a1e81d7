function scores = codec_scores(X, y, given, varargin)
%CODEC_SCORES T(Y, X_j | X_given) of every column j at once: one step of FOCI.
%   scores = CODEC_SCORES(X, y) returns T(Y, X_j) of every column.
%   scores = CODEC_SCORES(X, y, given) conditions on the columns GIVEN of X.
%   scores = CODEC_SCORES(X, y, NAME, VALUE, ...) and
%   CODEC_SCORES(X, y, given, NAME, VALUE, ...) set options.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     X      n x p   features, n >= 3
%     y      n x 1   response (n x r as in CODEC), or its name where it is a
%                    column of the table X
%     given  1 x k   conditioning columns by number, by a logical mask or, for
%                    a table, by name; [] for none
%
%   Options
%     'groups', 'n_neighbors', 'standardize', 'ties', 'seed', 'missing', 'n_jobs',
%     'memory_limit', 'response'
%                    as in FOCI
%
%   Output
%     scores   1 x p   the coefficients; 0 for the given columns, which add
%                      nothing, and for a column that is the response. With
%                      'groups' 1 x c, one for each candidate: the groups, then the
%                      columns in no group other than the response. All NaN
%                      with a warning for constant y (lcodec:constantResponse)
%                      and when y is a function of the given columns in the
%                      sample (lcodec:determinedResponse)
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     codec_scores(X, X(:, 1) + X(:, 2), 1)    % 0 0.9390 0.0544 -0.0066
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021.
%
%   See also FOCI, CODEC.

if nargin < 2
  fail('lcodec:missingInput', 'codec_scores needs `X` and `y`: codec_scores(X, y)');
end
if nargin < 3
  given = [];
end
[given, varargin] = startOfOptions(given, varargin, true);
options = checkOptions(varargin, {'groups', [], 'n_neighbors', 1, 'standardize', 'std', ...
                                  'ties', {'average', 'random', 'first'}, 'seed', 0, ...
                                  'missing', 'refuse', 'n_jobs', [], 'memory_limit', [], ...
                                  'response', []});
[X, y, given, names, candidates] = readFeatures(X, y, given, options, 'ordinals');
options.n_neighbors = neighborsOf(options.n_neighbors, size(y, 1));
own = indicatorWeights(X, candidates, options.standardize);
table = tableOf(X, y, options, given, names, candidates, own);
scores = zeros(1, candidates.count);
if table.remaining == 0
  if table.isConstant
    warn('lcodec:constantResponse', table.constant);
  else
    warn('lcodec:determinedResponse', 'given');
  end
  scores(candidates.numbers) = NaN;
  return
end
isGiven = false(1, size(X, 2));
isGiven(given) = true;
others = find(cellfun(@(some) ~all(isGiven(some)), candidates.axes));
if ~isempty(others)
  [~, scores(candidates.numbers(others))] = score({table}, others, @(scored) []);
end
end
