function [statistic, pvalue, info] = codec_matrix(X, varargin)
%CODEC_MATRIX The coefficient and its test for all ordered pairs of columns.
%   statistic = CODEC_MATRIX(X) returns T(X_j, X_i) for all pairs.
%   [statistic, pvalue, info] = CODEC_MATRIX(X, NAME, VALUE, ...) tests them, with
%   options.
%
%   Unlike a correlation, T has a direction: it is near 1 where column i
%   determines column j, which does not make j determine i. Neighbours are found
%   once for each column, and the permutations of a response serve all predictors.
%
%   Input (rows are samples; numeric, logical or a table; full, real and finite)
%     X   n x p   variables, n >= 3; every column is taken as ordered
%
%   Options
%     'method'    'permutation', the only one here, or [] (default) for it
%     'n_resamples', 'max_exceedances', 'ties', 'n_neighbors', 'seed', 'n_jobs'
%                 as in CODEC_TEST without x
%     'missing'   'refuse' (default) or 'drop', which leaves out the rows in
%                 which any column has a NaN
%
%   Outputs
%     statistic          p x p   entry (i, j) is codec(X(:, j), X(:, i)) with the
%                                same options: how well column i alone tells
%                                column j, the response. NaN on the diagonal and
%                                for constant columns (lcodec:constantColumn)
%     pvalue             p x p   entry (i, j) is that of CODEC_TEST with 'method'
%                                'permutation' and 'standardize' 'none': the
%                                scale of a single column changes none of its
%                                neighbours. NaN where the coefficient is. No
%                                correction for the number of tests is made
%     info.method        text    the method of the tests
%     info.n_resamples   p x p   permutations that each test used
%     info.skipped       1 x c   constant columns
%     info.names         1 x p   cell of the column names of a table, else {}
%   Without a second output nothing is tested.
%
%   Errors have the ids and texts of the Python package.
%
%   Example
%     X = mod(sin((1:300)' * [12.9898, 78.233, 37.719]) * 43758.5453, 1);
%     X(:, 3) = (X(:, 1) - 0.5).^2;
%     [T, p] = codec_matrix(X, 'max_exceedances', 10);
%     [T(1, 3), T(3, 1)]                 % 0.9854 0.2591
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021.
%
%   See also PLOT_CODEC_MATRIX, CODEC_TESTS, FOCI_GRAPH.

if nargin < 1
  fail('lcodec:missingInput', 'codec_matrix needs `X`: codec_matrix(X)');
end
options = checkOptions(varargin, {'method', {[], 'permutation'}, 'n_resamples', 999, ...
                                  'max_exceedances', [], 'ties', {'average', 'first'}, ...
                                  'n_neighbors', 1, 'seed', 0, 'missing', 'refuse', 'n_jobs', []});
names = tableColumns(X);
X = checkData(options.missing, 'matrix', 'X', X);
options.n_neighbors = neighborsOf(options.n_neighbors, size(X, 1));
weights = columnWeights('none', 'X', X, names, true);
skipped = find(weights == 0);
if ~isempty(skipped)
  warn('lcodec:constantColumn', skipped, 'X', names);
end
varying = find(weights > 0);
p = size(X, 2);
statistic = NaN(p);
pvalue = NaN(p);
used = zeros(p);
responses = arrayfun(@(j) responseOf(X(:, j)), varying);
labels = zeros(size(X, 1), numel(varying));
for k = 1:numel(varying)
  labels(:, k) = responses(k).labels;
end
sets = cell(1, numel(varying));
for k = 1:numel(varying)
  sets{k} = tieSets(X(:, varying(k)), weights(varying(k)), options);
  sums = sumOverRows(sets{k}.means(labels));
  for j = find(varying ~= varying(k))
    statistic(varying(k), varying(j)) = coefficient(responses(j), sums(j));
  end
end
if nargout > 1
  for j = 1:numel(varying)
    others = varying ~= varying(j);
    rest = varying(others);
    [pvalue(rest, varying(j)), used(rest, varying(j))] = ...
        resampledValues(statistic(rest, varying(j))', responses(j), sets(others), [], [], options);
  end
end
info = struct('method', 'permutation', 'n_resamples', used, 'skipped', skipped, 'names', {names});
end
