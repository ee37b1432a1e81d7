function [statistic, pvalue, info] = codec_tests(Z, y, x, varargin)
%CODEC_TESTS Test for each column of Z whether y is independent of it, or so given x.
%   [statistic, pvalue] = CODEC_TESTS(Z, y) tests independence of y and each
%   column of Z.
%   [statistic, pvalue] = CODEC_TESTS(Z, y, x) tests conditional independence
%   given x.
%   [statistic, pvalue, info] = CODEC_TESTS(Z, y, NAME, VALUE, ...) and
%   CODEC_TESTS(Z, y, x, NAME, VALUE, ...) set options.
%
%   Each test is that of CODEC_TEST on this column with the same method, to the
%   bit. The rows near in x, the permutations and the part of T that has no z are
%   computed once for all columns, so that many columns take much less time than
%   as many calls.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     Z   n x p   columns to be tested, each by itself
%     y   n x 1   response, n >= 3
%     x   n x q   conditioning variables; [] for none
%
%   Options
%     'method', 'n_resamples', 'max_exceedances', 'shuffle_neighbors', 'ties',
%     'n_neighbors', 'standardize', 'seed', 'n_jobs', 'response'
%                     as in CODEC_TEST; one method is chosen for all columns, so
%                     without x it is 'permutation' where any of them has fewer
%                     than 50 different values. All columns see the same
%                     permutations, those of a single test with this seed: their
%                     p-values are each valid, and not independent of each other
%     'missing'       'refuse' (default) or 'drop', which leaves out, for all
%                     tests, the rows in which Z, y or x has a NaN
%
%   Outputs
%     statistic          1 x p   T as CODEC returns it with the same options
%     pvalue             1 x p   NaN where T is undefined. No correction for the
%                                number of tests is made
%     info.method        text    the method of all tests
%     info.n_resamples   1 x p   permutations that each test used
%     info.z             1 x p   standard deviations above the mean, as in CODEC_TEST
%     info.names         1 x p   cell of the column names of a table, else {}
%
%   The warning lcodec:poorExchange (see CODEC_TEST) comes once, for the column
%   where it is worst. Errors have the ids and texts of the Python package.
%
%   Example
%     Z = mod(sin((1:300)' * [12.9898, 78.233, 37.719]) * 43758.5453, 1);
%     y = mod(Z(:, 1) + Z(:, 2), 1);
%     [T, p] = codec_tests(Z(:, 2:3), y, Z(:, 1), 'max_exceedances', 10);
%     p                                  % 0.0010 0.3333
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021.
%     J. Besag, P. Clifford, "Sequential Monte Carlo p-values", Biometrika
%     78(2):301-304, 1991.
%
%   See also CODEC_TEST, CODEC_MATRIX, CODEC_SCORES.

if nargin < 2
  fail('lcodec:missingInput', ...
       'codec_tests needs `Z` and `y`: codec_tests(Z, y) or codec_tests(Z, y, x)');
end
if nargin < 3
  x = [];
end
[x, varargin] = startOfOptions(x, varargin);
options = checkOptions(varargin, testOptions());
names = tableColumns(Z);
y = classNumbers(y, options);
[y, Z, x] = checkData(options.missing, 'ordinal', 'y', y, 'matrix', 'Z', Z, 'optional', 'x', x);
tellFewValues(y, options);
options.n_neighbors = neighborsOf(options.n_neighbors, numel(y));
options.method = chooseMethod(options, y, Z, x, true);
weights = columnWeights(options.standardize, 'x', x, 'Z', Z, true);
q = size(x, 2);
columns = num2cell(Z, 1);
[statistic, pvalue, used, deviations] = testTogether(y, x, weights(1:q), columns, ...
                                                     num2cell(weights(q + 1:end)), options, ...
                                                     'Z');
info = struct('method', options.method, 'n_resamples', used, 'z', deviations, ...
              'names', {names});
end
