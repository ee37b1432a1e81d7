function tests = test_error_rate()
%TEST_ERROR_RATE FOCI with a test at every step, and how stable its choice is.
tests = {@equalsItsDescription, @oneCandidate, @memoryChangesNothing, @whatItSelects, ...
         @valuesOfStop, @stabilityIsAMeanOfRuns, @stabilityOfConstants, ...
         @stabilityKeepsWarnings, @stabilityOfCategories, @reportsOfRuns, @optionsAreChecked};
end

function equalsItsDescription()
% The best of all candidates again for every exchange, through CODEC.
data = {pseudo(30, 4, 1), floor(3 * pseudo(30, 4, 2))};
scaled = {'standardize', 'std'};
for k = 1:2
  X = data{k}(:, 1:3);
  y = floor(6 * data{k}(:, 1) .* data{k}(:, 2)) + data{k}(:, 4);
  [selected, ~, info] = foci(X, y, 'stop', 'test', 'n_resamples', 9, 'level', 0.9, ...
                             'shuffle_neighbors', 4, 'seed', 5);
  [order, words] = permutations(30, 0:8, 5);
  for step = 1:min(2, numel(info.pvalues))
    chosen = X(:, selected(1:step - 1));
    rows = order;
    if step > 1
      rows = localExchanges(nearestRows(chosen, 1, 4), order, words);
    end
    others = setdiff(1:3, selected(1:step - 1));
    best = @(y) max(arrayfun(@(j) codec(y, X(:, j), chosen, scaled{:}), others));
    reached = 0;
    for b = 1:9
      reached = reached + ~(best(y(rows(:, b))) < best(y) - 1e-12);
    end
    expectEqual(info.pvalues(step), (1 + reached) / 10);
  end
end
end

function oneCandidate()
data = pseudo(40, 4, 3);
y = data(:, 1) + data(:, 2);
options = {'n_resamples', 19, 'seed', 7};
[~, ~, info] = foci(data(:, 2), y, 'stop', 'test', options{:});
[~, p] = codec_test(y, data(:, 2), [], options{:});
expectEqual(info.pvalues(1), p);
[~, ~, info] = foci(data(:, [3, 4, 2]), y, 'given', [1, 2], 'stop', 'test', options{:});
[~, p] = codec_test(y, data(:, 2), data(:, [3, 4]), options{:});
expectEqual(info.pvalues(1), p);
end

function memoryChangesNothing()
X = [pseudo(600, 2, 4), floor(3 * pseudo(600, 2, 5))];
y = X(:, 1) + X(:, 3) + pseudo(600, 1, 6);
options = {'stop', 'test', 'n_resamples', 9, 'max_features', 2, 'level', 0.2};
[~, ~, info] = foci(X, y, options{:});
[~, ~, bounded] = foci(X, y, options{:}, 'memory_limit', 2^20);
expectEqual(bounded.pvalues, info.pvalues);
expectTrue(numel(info.pvalues) > 1, 'the second step should be tested too');
end

function whatItSelects()
X = pseudo(100, 5, 8);
y = X(:, 4) .* X(:, 2) + X(:, 4);
[selected, scores, info] = foci(X, y, 'stop', 'test', 'n_resamples', 99);
expectEqual(selected, [4, 2]);
expectEqual(info.pvalues(1:2), [0.01, 0.01]);
expectEqual(numel(info.pvalues), 3);
expectEqual(info.stop_reason, 'not_significant');
[~, all_] = foci(X, y, 'stop', false);
expectEqual(scores, all_(1:2));
[selected, ~, info] = foci(X, pseudo(100, 1, 9), 'stop', 'test', 'n_resamples', 99);
expectEqual(selected, zeros(1, 0));
expectTrue(info.pvalues > 0.05, 'nothing should be found');
[~, ~, info] = foci(X, y, 'stop', 'test', 'n_resamples', 19, 'min_gain', 0.99);
expectEqual(info.stop_reason, 'no_gain');
expectEqual(info.pvalues, zeros(1, 0));
end

function valuesOfStop()
X = pseudo(30, 3, 8);
y = X(:, 1);
expectEqual(foci(X, y, 'stop', 'GAIN'), foci(X, y));
[~, ~, info] = foci(X, y);
expectEqual(info.pvalues, zeros(1, 0));
expectError(@() foci(X, y, 'stop', 'x'), 'lcodec:optionType');
expectError(@() lfoci(X, y, 'stop', 'test'), 'lcodec:optionType');
expectError(@() foci(X, y, 'stop', 'test', 'ties', 'random'), 'lcodec:optionValue');
expectError(@() foci(X, y, 'stop', 'test', 'level', 1), 'lcodec:optionRange');
expectError(@() foci(X, y, 'stop', 'test', 'n_resamples', 0), 'lcodec:optionRange');
expectError(@() foci(X, y, 'stop', 'test', 'n_resamples', 18), 'lcodec:optionRange');
end

function stabilityIsAMeanOfRuns()
X = pseudo(40, 3, 8);
y = X(:, 1) .* X(:, 2);
cases = {{}, {'given', 3, 'ties', 'random'}, {'stop', 'test', 'level', 0.5}};
few = {{}, {}, {'n_exchanges', 9}};
same = {{}, {}, {'n_resamples', 9}};
for k = 1:3
  [frequency, info] = foci_stability(X, y, 'n_resamples', 4, 'fraction', 0.6, 'seed', 3, ...
                                     cases{k}{:}, few{k}{:});
  times = zeros(1, 3);
  for run = 0:3
    order = permutations(40, run, 3, 6);
    some = sort(order(1:24));
    selected = foci(X(some, :), y(some), 'seed', 3, cases{k}{:}, same{k}{:});
    times(selected) = times(selected) + 1;
  end
  expectEqual(frequency, times / 4);
  expectEqual([info.n_resamples, info.size], [4, 24]);
end
end

function stabilityOfConstants()
X = [pseudo(40, 2, 8), ones(40, 1)];
frequency = expectWarning(@() foci_stability(X, X(:, 1), 'n_resamples', 2), ...
                          'lcodec:constantColumn');
expectEqual(frequency, [1, 0, 0]);
frequency = expectWarning(@() foci_stability(X(:, 1:2), ones(40, 1), 'n_resamples', 2), ...
                          'lcodec:constantResponse');
expectEqual(frequency, [0, 0]);
end

function stabilityKeepsWarnings()
% Warnings of subsamples are not shown, and those of later calls are.
X = [pseudo(40, 2, 8), 1 + eps * floor(3 * pseudo(40, 1, 9))];
text = evalc('foci_stability(X, X(:, 1), ''n_resamples'', 3);');
expectEqual(numel(strfind(text, 'vary by no more than rounding')), 1);
expectWarning(@() foci(X, X(:, 1), 'max_features', 1), 'lcodec:nearlyConstantColumn');
end

function stabilityOfCategories()
% Indicators have the same weights as in FOCI.
if exist('OCTAVE_VERSION', 'builtin')
  before = addpath(fullfile(fileparts(mfilename('fullpath')), 'standins'));
  tidy = onCleanup(@() path(before));
end
code = 1 + floor(6 * pseudo(60, 1, 1).^2);
names = {'u'; 'v'; 'w'; 'x'; 'y'; 'z'};
rest = pseudo(60, 2, 2);
y = sin(4 * rest(:, 1)) + 0.9 * mod(code, 3) + rest(:, 2);
options = {'stop', false, 'max_features', 2, 'standardize', 'std'};
build = @(rows) table(rest(rows, 1), categorical(names(code(rows))), rest(rows, 2), ...
                      'VariableNames', {'a', 'kind', 'b'});
times = zeros(1, 3);
for run = 0:9
  order = permutations(60, run, 2, 6);
  some = sort(order(1:30));
  selected = foci(build(some), y(some), options{:});
  times(selected) = times(selected) + 1;
end
frequency = foci_stability(build(1:60), y, 'n_resamples', 10, 'seed', 2, options{:});
expectEqual(frequency, times / 10);
end

function reportsOfRuns()
X = pseudo(40, 2, 8);
options = {'n_resamples', 2, 'progress', true};
text = evalc('foci_stability(X, X(:, 1), options{:});');
expectEqual(text, sprintf('run 1 of 2\nrun 2 of 2\n'));
end

function optionsAreChecked()
X = pseudo(40, 2, 8);
y = X(:, 1);
expectError(@() foci_stability(X), 'lcodec:missingInput');
expectError(@() foci_stability(X, y, 'fraction', 0.1), 'lcodec:optionRange');
expectError(@() foci_stability(X, y, 'fraction', 1), 'lcodec:optionRange');
expectError(@() foci_stability(X, y, 'fraction', 'half'), 'lcodec:optionType');
expectError(@() foci_stability(X, y, 'n_resamples', 0), 'lcodec:optionRange');
expectEqual(numel(foci_stability(X, y, 'n_resamples', 1, 'fraction', 0.25)), 2);
end
