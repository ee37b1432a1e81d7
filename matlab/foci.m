function [selected, scores, info] = foci(X, y, varargin)
%FOCI Feature ordering by conditional independence: feature selection with CODEC.
%   selected = FOCI(X, y) selects columns of X by greedy forward selection with
%   the coefficient T(Y, X_j | X_S), and stops by itself.
%   [selected, scores, info] = FOCI(X, y) also returns the gains and details.
%   [...] = FOCI(X, y, NAME, VALUE, ...) sets options.
%
%   Each step adds the column that maximises the conditional dependence of y on
%   it given the columns selected before; the run ends at the first step whose
%   best value is not positive. Of equal scores, the first column wins.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     X   n x p   features, n >= 3; constant columns are never candidates
%                 (warning lcodec:constantColumn names them). A categorical
%                 variable of a table is one candidate, ordinal or not: a group of
%                 indicators, in which two different categories are at squared
%                 distance 1; 'std' divides that by the sum of the variances of the
%                 indicators, so that two categories are as a column of 0 and 1
%     y   n x 1   response (n x r as in CODEC), or its name where it is a column
%                 of the table X: the others are then the features, and keep
%                 their numbers
%
%   Options (names are read without regard to case and underscores, and values
%   without regard to case)
%     'given'         columns that are in the set from the start: by number, by a
%                     logical mask or, for a table, by name; default []
%     'groups'        columns that are selected together, as the codes of a category
%                     or the coordinates of a place: a cell of the columns of each
%                     group, listed as for 'given', or a label for each column of X,
%                     a vector or cellstr. A group is one candidate, and its distance
%                     is the sum over its columns, each divided as 'standardize'
%                     says. The outputs number candidates: the groups in the order
%                     given, or in which labels first come, and after them the
%                     columns in no group. 'given' holds all columns of a group or
%                     none; default []
%     'max_features'  stop after this many columns; [] (default) or Inf for no
%                     limit
%     'stop'          when the run ends by itself: true (default) or 'gain' at the
%                     first best gain that is not positive; false never, so that
%                     every column is ranked; 'test' at the first step whose best
%                     column is not significant as the best of all, for y of
%                     one column; see below
%     'min_gain'      stop at the first step whose best coefficient is not above
%                     this; default 0. Features with few distinct values need
%                     about 0.05, because their gains scatter around 0. With
%                     'test' the default is no bound: the test decides alone
%     'level'         of 'test': the largest p-value of a column that is selected,
%                     in (0, 1); default 0.05
%     'n_resamples'   of 'test': how often responses are exchanged at each step,
%                     default 999; the p-value is (1 + b)/(1 + n_resamples), where
%                     the best coefficient of b exchanges reaches the real one;
%                     at least 1/level - 1
%     'shuffle_neighbors'   of 'test': with how many of the rows nearest in the
%                     selected columns a row can exchange its response, as in
%                     CODEC_TEST; default 5, at most n - 1 are used
%     'n_neighbors'   number K of nearest neighbours that count, as in CODEC;
%                     default 1. More find weaker and finer relations among few
%                     rows, and take more time
%     'standardize'   'std' (default), 'range', 'none' or []: divide each column
%                     by its standard deviation or its range inside the distance.
%                     CODEC does not by default: codec(y, X(:, s(k)),
%                     X(:, s(1:k - 1)), 'standardize', 'std') is the score of step
%                     k, where s is what was selected
%     'ties'          'average' (default), 'random', 'first', as in CODEC; 'random'
%                     not with 'test'
%     'seed'          seed of 'random' ties and of the exchanges of 'test', a whole
%                     number in [0, 2^53); default 0
%     'missing'       'refuse' (default): rows with NaN are an error; 'drop':
%                     they are left out, and a warning says how many
%     'n_jobs'        [] (default) or a whole number other than 0, as in Python.
%                     It is checked and has no effect: MATLAB threads by itself
%     'memory_limit'  bytes that the search may use in addition to X, at least
%                     2^20; [] (default) for a quarter of the machine's memory,
%                     Inf for no limit
%     'progress'      true or 1 prints a line for each step; a function handle is
%                     called as f(step, scored, candidates) while candidates
%                     are scored; default false
%     'response'      'ordered' states that larger numbers in y mean more,
%                     'nominal' that its values are classes, as in CODEC; default
%                     []
%
%   Outputs
%     selected           1 x k   columns in order of selection; may be empty
%     scores             1 x k   T(Y, X_j | X_S) of each given those before it
%     info.cumulative    1 x k   T(Y, X_S) after each selection
%     info.stop_reason   text    'no_gain', 'max_features', 'exhausted' (no
%                                column left), 'determined' (y is a function
%                                of the selected columns in the sample) or, with
%                                'test', 'not_significant'
%     info.skipped       1 x c   constant columns, or groups of nothing else
%     info.names         1 x k   cell of the names of the selected when X is a table
%                                or 'groups' are texts, else {}: of a column, the
%                                label of a group, or the names of its columns with
%                                + between them
%     info.columns       1 x k   cell: the columns of X that each selected one has
%     info.pvalues       1 x k or 1 x k+1   with 'test', the p-value of each
%                                selected column as the best of all candidates of
%                                its step, and at last that of the step that ended
%                                the run as 'not_significant'; else empty
%
%   'test' exchanges the responses, finds the best candidate for each exchange, and
%   compares the best coefficients with the real one. So the number of candidates
%   is accounted for. In the first step (without 'given') all rows exchange
%   responses, which is exact: if y is independent of all columns together, the run
%   selects anything with probability at most 'level', in every sample size and
%   with any ties. Later steps exchange responses between rows that are near in the
%   selected columns, as CODEC_TEST does with x, and are approximate in the same
%   way: they take y to be alike in near rows. The level is that of each step, not
%   of the whole set, and says nothing of columns that stand in for better ones
%   which come later.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     y = X(:, 4) .* X(:, 2) + X(:, 4);
%     foci(X, y)    % 4 2
%     foci(X, y, 'groups', [1, 1, 2, 2])    % 2 1
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021, section 5.
%
%   See also CODEC, LFOCI, CODEC_SCORES, FOCI_GRAPH.

if nargin < 2
  fail('lcodec:missingInput', 'foci needs `X` and `y`: foci(X, y)');
end
options = checkOptions(varargin, {'given', [], 'groups', [], 'max_features', [], ...
                                  'stop', {true, 'gain', 'test'}, 'min_gain', 0, 'level', 0.05, ...
                                  'n_resamples', 999, 'shuffle_neighbors', 5, ...
                                  'n_neighbors', 1, 'standardize', 'std', ...
                                  'ties', {'average', 'random', 'first'}, 'seed', 0, ...
                                  'missing', 'refuse', 'n_jobs', [], 'memory_limit', [], ...
                                  'progress', false, 'response', []});
refuseRandomTies(options);
needsExchanges(options, 'n_resamples');
[X, y, given, names, candidates] = readFeatures(X, y, options.given, options, 'ordinals');
testsOneResponse(options, y);
options.n_neighbors = neighborsOf(options.n_neighbors, size(y, 1));
own = indicatorWeights(X, candidates, options.standardize);
tables = {tableOf(X, y, options, given, names, candidates, own)};
[selected, scores, info] = selectColumns(tables, X, given, names, candidates, options);
end
