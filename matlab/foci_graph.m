function [adjacency, info] = foci_graph(X, varargin)
%FOCI_GRAPH FOCI of every column on all the others, as a directed graph.
%   adjacency = FOCI_GRAPH(X) runs FOCI for every column of X as the response.
%   [adjacency, info] = FOCI_GRAPH(X, NAME, VALUE, ...) sets options.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     X   n x p   variables, n >= 3; constant columns have no edges (warning
%                 lcodec:constantColumn names them)
%
%   Options
%     'max_features', 'stop', 'min_gain', 'n_neighbors', 'standardize', 'ties',
%     'seed', 'missing', 'n_jobs', 'memory_limit'   as in FOCI, for each of the
%                     p runs
%
%   Outputs
%     adjacency      p x p   entry (i, j) is the conditional coefficient with
%                            which column i was selected for column j as the
%                            response, 0 where it was not
%     info.skipped   1 x c   constant columns
%     info.names     1 x p   cell of the names when X is a table, else {}
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     X(:, 3) = X(:, 1) + X(:, 2);
%     A = foci_graph(X);
%     A(:, 3)'    % 0.3038 0.9390 0 0
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021, section 5.
%
%   See also PLOT_FOCI_GRAPH, FOCI.

if nargin < 1
  fail('lcodec:missingInput', 'foci_graph needs `X`: foci_graph(X)');
end
options = checkOptions(varargin, {'max_features', [], 'stop', true, 'min_gain', 0, ...
                                  'n_neighbors', 1, 'standardize', 'std', ...
                                  'ties', {'average', 'random', 'first'}, 'seed', 0, ...
                                  'missing', 'refuse', 'n_jobs', [], 'memory_limit', []});
options.progress = @(step, scored, candidates) [];
names = tableColumns(X);
X = checkData(options.missing, 'matrix', 'X', X);
options.n_neighbors = neighborsOf(options.n_neighbors, size(X, 1));
constant = max(X, [], 1) == min(X, [], 1);
varying = find(~constant);
skipped = find(constant);
if ~isempty(skipped)
  warn('lcodec:constantColumn', skipped, 'X', names);
end
adjacency = zeros(size(X, 2));
set = columnSet(X, columnWeights(options.standardize, 'X', X, names));
for j = varying
  [selected, scores] = search({makeTable(set, X(:, j), options, [])}, varying(varying ~= j), ...
                              options);
  adjacency(selected, j) = scores;
end
info = struct('skipped', skipped, 'names', {names});
end
