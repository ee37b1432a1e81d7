function [statistic, pvalue, info] = codec_test(y, z, x, varargin)
%CODEC_TEST Test whether y is independent of z, or of z given x, with CODEC.
%   [statistic, pvalue] = CODEC_TEST(y, z) tests independence of y and z.
%   [statistic, pvalue] = CODEC_TEST(y, z, x) tests conditional independence of
%   y and z given x.
%   [statistic, pvalue, info] = CODEC_TEST(y, z, NAME, VALUE, ...) and
%   CODEC_TEST(y, z, x, NAME, VALUE, ...) set options.
%
%   The test is one-sided: large values of the coefficient T speak against
%   independence.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     y   n x 1   response, n >= 3
%     z   n x q   variables whose additional effect on y is tested
%     x   n x p   conditioning variables; [] for none
%
%   Options (names are read without regard to case and underscores)
%     'method'        'permutation' (default without x): permutes y; exact.
%                     'asymptotic': compares T with its normal limit; needs z of
%                     one column and no repeated values in y or z.
%                     'local_permutation' (default with x, and needs it):
%                     exchanges y between rows that are near in x; approximate.
%     'n_resamples'   number B of permutations, default 999; the p-value is
%                     (1 + b)/(1 + B), where b of them reach T
%     'shuffle_neighbors'   with how many of the rows nearest in x a row may
%                     exchange its response in 'local_permutation'; default 5, at
%                     most n - 1 are used. With fewer than 5 it rejects too often.
%     'ties'          'average' (default) or 'first', as in CODEC
%     'n_neighbors'   number K of nearest neighbours that count in T, as in
%                     CODEC; default 1. More give more power
%     'standardize'   'std' (default), 'range', 'none' or []: divide each column
%                     of x and z by its standard deviation or its range inside
%                     the distance, or not. CODEC does not by default
%     'seed'          seed of the permutations, a whole number in [0, 2^53);
%                     default 0
%     'missing', 'n_jobs', 'response'   as in CODEC
%
%   Outputs
%     statistic     1 x 1   T as CODEC returns it with the same options
%     pvalue        1 x 1   NaN where T is undefined (with the warning of CODEC)
%     info.method   text    the method used
%
%   Power is low against local alternatives: the tests find strong relations of
%   any shape, not weak monotone ones (Shi, Drton and Han). 'asymptotic' ignores
%   that T has mean -1/(n - 1) under independence: at the 5 % level it rejects
%   3.4 % of the time at n = 30, 3.8 % at 100, 4.8 % at 1000.
%
%   'local_permutation' visits the rows in random order. A row that has not
%   exchanged its response yet exchanges it with one of its nearest rows in x,
%   chosen at random among those that have not done so either. Rows at the same
%   distance in x are taken by row number, starting after the row itself; so
%   where x has many ties, the order of the rows must carry no information. The
%   test assumes that y behaves alike in nearby rows. Where it does not, the
%   level is off: for y = sin(6x) plus noise of 0.1, x normal, it rejects 7 % of
%   true nulls at n = 100 and 3 % at n = 300.
%
%   With several columns in x rows are never near: if five determine y and z well,
%   true nulls are rejected more often than not. The warning lcodec:poorExchange
%   says that exchanged responses, of y and of z, depend on x much less than the
%   real ones. The way out, where noise is additive (y = f(x) + e, z = g(x) + e',
%   e and e' independent of x), is to test residuals. Take any regression of each
%   column on x, predicting rows that it was not fitted to, and then
%     [T, p] = codec_test(y - predictedY, z - predictedZ, x);
%   The Python package has this as option 'adjust', and a table of the rates.
%
%   Errors have the ids and texts of the Python package.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233]) * 43758.5453, 1);
%     y = mod(X(:, 1) + X(:, 2), 1);
%     [T, p] = codec_test(y, X(:, 2), X(:, 1));
%     [T, p]                             % 0.8974 0.0010
%
%   Reference
%     H. Shi, M. Drton, F. Han, "On Azadkia-Chatterjee's conditional dependence
%     coefficient", Bernoulli, arXiv:2108.06827.
%     J. Runge, "Conditional independence testing based on a nearest-neighbor
%     estimator of conditional mutual information", AISTATS 2018.
%
%   See also CODEC, XI.

if nargin < 2
  fail('lcodec:missingInput', ...
       'codec_test needs `y` and `z`: codec_test(y, z) or codec_test(y, z, x)');
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, ...
                       {'method', {[], 'permutation', 'asymptotic', 'local_permutation'}, ...
                        'n_resamples', 999, 'shuffle_neighbors', 5, ...
                        'ties', {'average', 'first'}, 'n_neighbors', 1, 'standardize', 'std', ...
                        'seed', 0, 'missing', 'refuse', 'n_jobs', [], 'response', []});
y = classNumbers(y, options);
[y, z, x] = checkData(options.missing, 'ordinal', 'y', y, 'matrix', 'z', z, 'optional', 'x', x);
tellFewValues(y, options);
requireFewer(options.n_neighbors, numel(y));
info = struct('method', chooseMethod(options.method, y, z, x, options.classes));
weights = columnWeights(options.standardize, 'x', x, 'z', z);
response = responseOf(y, options);

statistic = coefficientOf(response, z, x, weights, options);
if isnan(statistic)
  pvalue = NaN;
elseif strcmp(info.method, 'asymptotic')
  % n Var T under independence, continuous Y and Z in one dimension: 2/5 + (2/5) q + (4/5) o,
  % q = 2/3 the chance that a nearest neighbour is mutual, o = 1/2 the mean number of other rows
  % with the same nearest neighbour (Shi, Drton & Han)
  pvalue = upperTail(statistic / sqrt(16 / 15 / numel(y)));
else
  reached = resample(statistic, response, z, x, weights, options);
  pvalue = (1 + reached) / (1 + options.n_resamples);
end
end

function method = chooseMethod(method, y, z, x, classes)
% Choose the method, or refuse one that does not fit the data.
conditional = size(x, 2) > 0;
if isempty(method)
  method = 'permutation';
  if conditional
    method = 'local_permutation';
  end
elseif strcmp(method, 'permutation') && conditional
  fail('lcodec:optionValue', '%s', ...
       '`method` ''permutation'' needs no `x`; with `x` use ''local_permutation''');
elseif strcmp(method, 'local_permutation') && ~conditional
  fail('lcodec:optionValue', '%s', ...
       '`method` ''local_permutation'' needs `x`; without `x` use ''permutation''');
elseif strcmp(method, 'asymptotic')
  got = '';
  if conditional
    got = '`x`';
  elseif classes
    got = 'response=''nominal''';
  elseif size(z, 2) > 1
    got = sprintf('%d columns of `z`', size(z, 2));
  elseif numel(unique(y)) < numel(y)
    got = 'repeated values in `y`';
  elseif numel(unique(z)) < numel(y)
    got = 'repeated values in `z`';
  end
  if ~isempty(got)
    fail('lcodec:optionValue', ...
         ['`method` ''asymptotic'' needs `z` of one column, no `x`, ' ...
          'and no repeated values in `y` or `z`, got %s'], got);
  end
end
end

function reached = resample(statistic, response, z, x, weights, options)
% How many permutations of y reach the statistic.
n = numel(response.labels);
withZ = tieSets([x, z], weights, options);
conditional = size(x, 2) > 0;
members = withZ.listed;
if conditional
  xWeights = weights(1:size(x, 2));
  withoutZ = tieSets(x, xWeights, options);
  members = max(members, withoutZ.listed);
  near = nearestRows(x, xWeights, min(options.shuffle_neighbors, n - 1));
  warnOfPoorExchange(response, z, near, options);
end
number = constants();
block = max(1, floor(5e5 / max(n, members)));
reached = 0;
for first = 0:block:options.n_resamples - 1
  resamples = first:min(first + block, options.n_resamples) - 1;
  [rows, words] = permutations(n, resamples, options.seed);
  if conditional
    rows = localExchanges(near, rows, words);
  end
  labels = reshape(response.labels(rows), size(rows));
  values = withZ.means(labels);
  if conditional
    without = withoutZ.means(labels);
    T = coefficient(response, sumOverRows(values - without), sumOverRows(gainOf(labels, labels, options.classes) - without));
  else
    T = coefficient(response, sumOverRows(values));
  end
  % means over tie sets are rounded: statistics this close count as equal; NaN counts against
  reached = reached + nnz(~(T < statistic - number.ROUNDING));
end
end
