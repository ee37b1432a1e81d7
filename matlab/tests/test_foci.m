function tests = test_foci()
%TEST_FOCI Selection: published numbers, laws and details of the result.
tests = {@cranNumbers, @findsAnInteraction, @scoresAreCoefficients, @limitsAndStopping, ...
         @constantColumns, @determinedResponse, @lfociWithoutNoiseIsFoci, @lfociRemovesTies, ...
         @badOptions};
end

function cranNumbers()
% CRAN FOCI 0.1.3 on data given in the file; stepT is the cumulative coefficient.
here = fileparts(mfilename('fullpath'));
file = fullfile(here, '..', '..', 'parity_tests', 'golden', 'foci_cases.json');
golden = jsondecode(fileread(file));
names = fieldnames(golden.cases);
scalings = struct('none', 'none', 'scale', 'std', 'bounded', 'range');
compared = 0;
for k = 1:numel(names)
  given = golden.cases.(names{k});
  for j = 1:numel(given.expected)
    if ~iscell(given.expected) || ~strcmp(given.expected{j}.fn, 'foci')
      continue
    end
    entry = given.expected{j};
    [selected, ~, info] = foci(given.X, given.y, 'stop', entry.stop, ...
                               'standardize', scalings.(entry.standardize));
    expectEqual(selected(:), double(entry.index(:)));
    expectEqual(info.cumulative(:), entry.stepT(:), 1e-12);
    compared = compared + 1;
  end
end
expectEqual(compared, 18);
end

function findsAnInteraction()
X = pseudo(400, 6, 14);
[selected, scores, info] = foci(X, X(:, 4) .* X(:, 2) + X(:, 4));
expectEqual(selected, [4, 2]);
expectTrue(all(scores > 0.6), 'both columns should gain');
expectEqual(info.stop_reason, 'no_gain');
end

function scoresAreCoefficients()
X = floor(4 * pseudo(60, 4, 1));
y = X(:, 1) .* X(:, 2) + floor(2 * pseudo(60, 1, 2));
[selected, scores, info] = foci(X, y, 'stop', false);
for k = 1:numel(selected)
  T = codec(y, X(:, selected(k)), X(:, selected(1:k - 1)), 'standardize', 'std');
  expectEqual(scores(k), T);
  expectEqual(info.cumulative(k), codec(y, X(:, selected(1:k)), [], 'standardize', 'std'));
end
end

function limitsAndStopping()
X = pseudo(80, 5, 3);
y = X(:, 2) + X(:, 5).^2;
whole = foci(X, y);
[cut, ~, info] = foci(X, y, 'MaxFeatures', 1);
expectEqual(cut, whole(1));
expectEqual(info.stop_reason, 'max_features');
[all_, ~, info] = foci(X, y, 'stop', false);
expectEqual(sort(all_), 1:5);
expectEqual(info.stop_reason, 'exhausted');
end

function constantColumns()
X = pseudo(50, 4, 4);
X(:, [1, 3]) = 0.1;
[~, ~, info] = expectWarning(@() foci(X, X(:, 2)), 'lcodec:constantColumn');
expectEqual(info.skipped, [1, 3]);
end

function determinedResponse()
x = floor((0:29)' / 3);
[selected, ~, info] = foci([x, mod((0:29)', 4)], x.^2);
expectEqual(selected, 1);
expectEqual(info.stop_reason, 'determined');
[selected, ~, info] = expectWarning(@() foci(x, ones(30, 1)), 'lcodec:constantResponse');
expectEqual(selected, zeros(1, 0));
expectEqual(info.stop_reason, 'determined');
end

function lfociWithoutNoiseIsFoci()
X = floor(3 * pseudo(90, 4, 5));
y = X(:, 1) + X(:, 2) .* X(:, 3);
[a, b] = lfoci(X, y, 'sigma', 0);
[c, d] = foci(X, y);
expectEqual(a, c);
expectEqual(b, d);
end

function lfociRemovesTies()
X = floor(3 * pseudo(90, 4, 6));
y = X(:, 1) + X(:, 2) .* X(:, 3);
[~, first] = lfoci(X, y, 'seed', 1);
[~, again] = lfoci(X, y, 'seed', 1);
[~, other] = lfoci(X, y, 'seed', 2);
expectEqual(first, again);
expectTrue(first(1) ~= other(1), 'another seed should give other noise');
end

function badOptions()
X = pseudo(10, 2, 7);
y = X(:, 1);
expectError(@() foci(X), 'lcodec:missingInput');
expectError(@() foci(X, y, 'max_features', 0), 'lcodec:optionRange');
expectError(@() foci(X, y, 'stop', 'no'), 'lcodec:optionType');
expectError(@() foci(X, y(1:9)), 'lcodec:sizeMismatch');
expectError(@() lfoci(X, y, 'sigma', -1), 'lcodec:optionRange');
expectError(@() lfoci(X, y, 'ties', 'first'), 'lcodec:unknownOption');
end
