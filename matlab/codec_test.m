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
%     'method'        'moments' (default without x if z has 50 different rows):
%                     compares T with a normal distribution that has the mean and variance
%                     of T over all n! permutations of y; these two are exact.
%                     'permutation' (the other default without x, and with
%                     max_exceedances): permutes y at random; exact.
%                     'asymptotic': compares T with its normal limit; needs one
%                     neighbour, z of one column and no repeated values in y or
%                     z; 'moments' is better.
%                     'local_permutation' (default with x, and needs it):
%                     exchanges y between rows that are near in x; approximate.
%     'n_resamples'   number B of permutations, default 999; the p-value is
%                     (1 + b)/(1 + B), where b of them reach T
%     'max_exceedances'   stop as soon as so many permutations reach T: the
%                     p-value is then this number divided by the number of
%                     permutations used (Besag and Clifford). It is as valid,
%                     and large p-values take few permutations: with 10, one of
%                     about 0.5 takes about 20. To decide at a level, B =
%                     10/level - 1 is then enough: 199 at 5 %. [] (default)
%                     uses all B
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
%     info.n_resamples   1 x 1   permutations used; 0 where the method has none
%     info.z        1 x 1   how many standard deviations T is above its mean
%                           under the null, in 'moments' and 'asymptotic'; else
%                           NaN
%
%   Power is low against local alternatives: the tests find strong relations of
%   any shape, not weak monotone ones (Shi, Drton and Han). 'asymptotic' ignores
%   that T has mean -1/(n - 1) under independence: at the 5 % level it rejects
%   3.4 % of the time at n = 30, 3.8 % at 100, 4.8 % at 1000.
%
%   'moments': T is a sum over pairs of rows of a weight of the neighbour graph
%   times min(R_i, R_j), or times 1 for equal classes. Mean and variance of such a
%   sum over all permutations have closed forms (Mantel), for any number of
%   columns, any K and any ties. The normal tail is an approximation, and a bad
%   one where z has few different rows: with four values it rejects 8 % instead of
%   5 %. Where all permutations give the same T (z constant, K = n - 1), p is 1 and
%   info.z NaN.
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
%     J. Besag, P. Clifford, "Sequential Monte Carlo p-values", Biometrika
%     78(2):301-304, 1991.
%     N. Mantel, "The detection of disease clustering and a generalized regression
%     approach", Cancer Research 27:209-220, 1967.
%
%   See also CODEC_TESTS, CODEC_MATRIX, CODEC, XI.

if nargin < 2
  fail('lcodec:missingInput', ...
       'codec_test needs `y` and `z`: codec_test(y, z) or codec_test(y, z, x)');
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, testOptions());
y = classNumbers(y, options);
[y, z, x] = checkData(options.missing, 'ordinal', 'y', y, 'matrix', 'z', z, 'optional', 'x', x);
tellFewValues(y, options);
options.n_neighbors = neighborsOf(options.n_neighbors, numel(y));
options.method = chooseMethod(options, y, z, x, false);
weights = columnWeights(options.standardize, 'x', x, 'z', z);
k = size(x, 2);
[statistic, pvalue, used, deviations] = testTogether(y, x, weights(1:k), {z}, ...
                                                     {weights(k + 1:end)}, options, 'z');
info = struct('method', options.method, 'n_resamples', used, 'z', deviations);
end
