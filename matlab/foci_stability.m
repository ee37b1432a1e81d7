function [frequency, info] = foci_stability(X, y, varargin)
%FOCI_STABILITY How often FOCI selects each column on random parts of the rows.
%   frequency = FOCI_STABILITY(X, y) runs FOCI on 100 random halves of the rows.
%   [frequency, info] = FOCI_STABILITY(X, y, NAME, VALUE, ...) sets options.
%
%   A column that is selected on nearly all subsamples is a choice of the data; one
%   that is selected on few of them is a choice of these rows.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     X   n x p   features, as in FOCI
%     y   n x 1   response (n x r as in CODEC), or its name where it is a column
%                 of the table X
%
%   Options (names are read without regard to case and underscores)
%     'n_resamples'      number of subsamples; default 100
%     'fraction'         part of the rows that a subsample has, in (0, 1), default
%                        0.5: floor(fraction n) rows, at least 10, drawn without
%                        replacement, in their order in X
%     'seed'             seed of the subsamples, and of FOCI on each of them, a
%                        whole number in [0, 2^53); default 0
%     'n_exchanges'      of 'stop' 'test': what is 'n_resamples' in FOCI; default
%                        199
%     'n_neighbors'      as in FOCI; less than the number of rows of a subsample
%     'progress'         true or 1 prints a line for each subsample; a function
%                        handle is called as f(run, done, runs) after each, where
%                        run and done are both their number so far; default false
%     'given', 'groups', 'max_features', 'stop', 'min_gain', 'level',
%     'shuffle_neighbors', 'standardize', 'ties', 'missing', 'n_jobs',
%     'memory_limit', 'response'   as in FOCI
%
%   Outputs
%     frequency          1 x p   part of the subsamples on which each column was
%                                selected, from 0 to 1; 0 for the given columns,
%                                for constant ones, and for one that is the response;
%                                with 'groups' one for each candidate of FOCI
%     info.n_resamples   1 x 1   number of subsamples
%     info.size          1 x 1   rows in each of them
%     info.names         1 x p   cell of their names when X is a table or 'groups' are
%                                texts, else {}
%
%   Columns that are constant in a subsample are not selected there, and where y is
%   constant nothing is; warnings are about the whole table only, and come once.
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     y = X(:, 4) .* X(:, 2) + X(:, 4);
%     foci_stability(X, y, 'n_resamples', 9)    % 0 1 0 1
%
%   Reference
%     N. Meinshausen, P. Buehlmann, "Stability selection", Journal of the Royal
%     Statistical Society B 72(4):417-473, 2010.
%
%   See also FOCI.

if nargin < 2
  fail('lcodec:missingInput', 'foci_stability needs `X` and `y`: foci_stability(X, y)');
end
options = checkOptions(varargin, {'n_resamples', 100, 'fraction', 0.5, 'given', [], ...
                                  'groups', [], 'max_features', [], ...
                                  'stop', {true, 'gain', 'test'}, 'min_gain', 0, 'level', 0.05, ...
                                  'n_exchanges', 199, 'shuffle_neighbors', 5, ...
                                  'n_neighbors', 1, 'standardize', 'std', ...
                                  'ties', {'average', 'random', 'first'}, 'seed', 0, ...
                                  'missing', 'refuse', 'n_jobs', [], 'memory_limit', [], ...
                                  'progress', {false, @printRun}, 'response', []});
refuseRandomTies(options);
needsExchanges(options, 'n_exchanges');
named = y;
[X, y, given, names, candidates] = readFeatures(X, y, options.given, options, 'ordinals');
testsOneResponse(options, y);
n = size(y, 1);
number = constants();
size_ = floor(options.fraction * n);
if size_ < number.LEAST_SUBSAMPLE
  fail('lcodec:optionRange', '`fraction` must keep at least %d of the rows, got %s of %d', ...
       number.LEAST_SUBSAMPLE, describe(options.fraction), n);
end
options.n_neighbors = neighborsOf(options.n_neighbors, size_);
own = indicatorWeights(X, candidates, options.standardize);
if size(y, 2) == 1
  columnWeights(options.standardize, 'X', X, names, own);  % refuses and warns
else
  before = y(:, 1:end - 1);
  own = [NaN(1, size(before, 2)), own];
  columnWeights(options.standardize, 'y', before, 'X', X, names, own);
end
[~, fixed] = varying(X, given, candidates);
if ~isempty(fixed)
  warn('lcodec:constantColumn', [candidates.axes{fixed}], 'X', names);
end
constant = find(max(y, [], 1) == min(y, [], 1));
if size(y, 2) > 1 && ~isempty(constant)
  warn('lcodec:constantResponse', constant);
elseif ~isempty(constant)
  warn('lcodec:constantResponse');
end
runs = options.n_resamples;
options.n_resamples = options.n_exchanges;
report = options.progress;
options.progress = @(step, scored, candidates) [];
times = zeros(1, candidates.count);
for run = 1:runs
  order = permutations(n, run - 1, options.seed, number.SUBSAMPLE);
  some = sort(order(1:size_));
  selected = selectOnRows(X(some, :), y(some, :), given, names, candidates, options);
  selected = candidates.numbers(selected);
  times(selected) = times(selected) + 1;
  report(run, run, runs);
end
frequency = times / runs;
info = struct('n_resamples', runs, 'size', size_, 'names', {namesOf(candidates, named)});
end

function printRun(run, ~, runs)
fprintf('run %d of %d\n', run, runs);
end

function selected = selectOnRows(X, y, given, names, candidates, options)
% Which candidates FOCI selects on some of the rows.
own = indicatorWeights(X, candidates, options.standardize);
table = tableOf(X, y, options, given, names, candidates, own, true);
selected = search({table}, varying(X, given, candidates), options);
end

function [free, fixed] = varying(X, given, candidates)
% Which candidates have columns that vary, and which have not, without given ones.
constant = max(X, [], 1) == min(X, [], 1);
isGiven = false(size(constant));
isGiven(given) = true;
left = cellfun(@(some) ~all(isGiven(some)), candidates.axes);
isFixed = cellfun(@(some) all(constant(some)), candidates.axes);
free = find(left & ~isFixed);
fixed = find(left & isFixed);
end

function names = namesOf(candidates, y)
% The names of candidates, with that of the response at its place among the columns.
names = {};
if ~isempty(candidates.names)
  names = cell(1, candidates.count);
  names(candidates.numbers) = candidates.names;
  names(cellfun(@(name) isnumeric(name), names)) = {y};
end
end
