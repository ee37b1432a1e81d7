function T = codec(y, z, x, varargin)
%CODEC Coefficient of conditional dependence T(Y, Z | X).
%   T = CODEC(y, z) returns the coefficient T(Y, Z) of Azadkia and Chatterjee.
%   T = CODEC(y, z, x) returns the conditional coefficient T(Y, Z | X).
%   T = CODEC(y, z, NAME, VALUE, ...) and CODEC(y, z, x, NAME, VALUE, ...) set
%   options.
%
%   In the limit of many samples T is 0 exactly when y is independent of z
%   (given x), and 1 exactly when y is a function of z (given x). It is not
%   clipped: in a finite sample it can be negative. Increasing maps of y leave it
%   unchanged. It is not symmetric in y and z.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     y   n x 1   response, n >= 3; ties are handled exactly. With 'response'
%                 'nominal' it may be text (a cell or string array, or a matrix
%                 of characters) or categorical. Of several columns, n x r, T is
%                 that of Ansari and Fuchs, which depends on their order: each is
%                 asked for given those before it, which are in the distance
%                 before x and z
%     z   n x q   variables whose additional effect on y is measured
%     x   n x p   conditioning variables; [] for none
%
%   Options (names and values are read without regard to case)
%     'ties'         'average' (default): the mean over all nearest neighbours
%                    of a row; 'random': one of them, the published estimator;
%                    'first': the one with the lowest row number
%     'n_neighbors'  number K of nearest neighbours that count, 1 to 1024 and less
%                    than n; default 1, the published coefficient. With more T
%                    varies less, so that a test on it has more power, but it
%                    tells more of a mean over a neighbourhood, which has to be
%                    small for the limits 0 and 1. 'auto' is a fifteenth of the
%                    rows, rounded up, and at most 20
%     'standardize'  'none' or [] (default), 'std' or 'range': divide each
%                    column of x and z by its standard deviation or its range
%                    inside the distance. FOCI divides by 'std': the score of
%                    its step k, with s selected, is codec(y, X(:, s(k)),
%                    X(:, s(1:k - 1)), 'standardize', 'std')
%     'seed'         seed of 'random' ties, a whole number in [0, 2^53);
%                    default 0
%     'missing'      'refuse' (default): rows with NaN are an error; 'drop':
%                    they are left out, and a warning says how many
%     'n_jobs'       [] (default) or a whole number other than 0, as in Python. It
%                    is checked and has no effect: MATLAB threads by itself
%     'response'     'ordered' states that larger numbers in y mean more.
%                    'nominal' states that its values are classes without order:
%                    then no coding of them, and no renaming, changes T. Without
%                    either ([], default), y of 3 to 10 different whole numbers
%                    gives the warning lcodec:fewValues: they may be codes of
%                    classes. Where every row is a class of its own, T is 0, with
%                    the warning lcodec:allClassesDiffer
%
%   Output
%     T   1 x 1   the coefficient, at most 1. NaN with a warning where it is
%                 0/0: lcodec:constantResponse for constant y,
%                 lcodec:determinedResponse when y is a function of x in the
%                 sample.
%
%   Errors have the ids and texts of the Python package, for example
%   lcodec:sizeMismatch, lcodec:nonFinite, lcodec:unknownOption.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     y = mod(X(:, 1) + X(:, 2), 1);
%     codec(y, X(:, 2))              % -0.0830
%     codec(y, X(:, 2), X(:, 1))     % 0.8978
%     names = {'barbera'; 'barolo'; 'grignolino'};
%     grape = names(1 + floor(3 * y));
%     codec(grape, X(:, 2), X(:, 1), 'response', 'nominal')     % 0.8957
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021, arXiv:1910.12327.
%     J. Ansari, S. Fuchs, "A direct extension of Azadkia & Chatterjee's rank
%     correlation to multi-response vectors", arXiv:2212.01621.
%
%   See also LCODEC, FOCI, XI, CODEC_TEST.

if nargin < 2
  fail('lcodec:missingInput', 'codec needs `y` and `z`: codec(y, z) or codec(y, z, x)');
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, {'ties', {'average', 'random', 'first'}, 'n_neighbors', 1, ...
                                  'standardize', 'none', 'seed', 0, 'missing', 'refuse', ...
                                  'n_jobs', [], 'response', []});
kind = responseKind(y, options, 'ordinals');
y = classNumbers(y, options);
[y, z, x] = checkData(options.missing, kind, 'y', y, 'matrix', 'z', z, 'optional', 'x', x);
tellFewValues(y, options);
options.n_neighbors = neighborsOf(options.n_neighbors, size(y, 1));
if size(y, 2) > 1
  T = vectorCoefficient(y, z, x, options);
  return
end
weights = columnWeights(options.standardize, 'x', x, 'z', z);
T = coefficientOf(responseOf(y, options), z, x, weights, options);
end
