function tests = test_warnings()
%TEST_WARNINGS Data that make a result mean something else are told of; others are refused.
tests = {@codesOfClasses, @bigResponsesAreRanked, @bigColumnsAreRefused, @smallUnits, ...
         @scaleOfNoise, @copiesOfColumns, @columnsThatVaryByRounding, @scoresOfFociByCodec};
end

function codesOfClasses()
X = pseudo(30, 2, 1);
y = mod((0:29)', 3);
calls = {@(y, varargin) codec(y, X, [], varargin{:}), ...
         @(y, varargin) lcodec(y, X, [], varargin{:}), ...
         @(y, varargin) codec_test(y, X, [], 'n_resamples', 1, varargin{:}), ...
         @(y, varargin) codec_scores(X, y, [], varargin{:}), ...
         @(y, varargin) foci(X, y, varargin{:}), @(y, varargin) lfoci(X, y, varargin{:}), ...
         @(y, varargin) xi(X(:, 1), y, varargin{:})};
for k = 1:numel(calls)
  call = calls{k};
  expectWarning(@() call(y), 'lcodec:fewValues');
  expectWarning(@() call(y, 'response', 'ordered'), '');
  expectWarning(@() call(y > 1), '');
  expectWarning(@() call(y + 0.5), '');
  if k < numel(calls)
    expectWarning(@() call(y, 'response', 'nominal'), '');
  else
    expectError(@() call(y, 'response', 'nominal'), 'lcodec:optionValue');
  end
end
expectWarning(@() xi((1:30)', mod((1:30)', 10)), 'lcodec:fewValues');
expectWarning(@() xi((1:29)', mod((1:29)', 10)), '');
expectWarning(@() xi((1:99)', mod((1:99)', 11)), '');
end

function bigResponsesAreRanked()
i = (0:299)';
expectEqual(codec(int64(2)^60 + int64(i), i), codec(i, i));
expectEqual(codec(uint64(2)^63 + uint64(i), i), codec(i, i));
expectEqual(xi(int64(2)^60 + int64(i), int64(2)^60 + int64(i)), xi(i, i));
[~, scores] = foci(i, int64(2)^60 + int64(i));
expectEqual(scores, codec(i, i));
end

function bigColumnsAreRefused()
i = (0:299)';
expectError(@() codec(i, int64(17) * int64(10)^17 + int64(100 * i)), 'lcodec:bigInteger');
expectError(@() codec(i, [intmax('int64'); int64(i(2:end))]), 'lcodec:bigInteger');
expectError(@() codec(i, [intmax('uint64'); uint64(i(2:end))]), 'lcodec:bigInteger');
expectError(@() foci(uint64(2)^63 + uint64(i), i), 'lcodec:bigInteger');
expectError(@() lcodec(int64(2)^60 + int64(i), i), 'lcodec:bigInteger');
expectEqual(codec(i, int64(2)^54 + int64(1024 * i)), codec(i, i));
end

function smallUnits()
z = pseudo(300, 1, 2) - 0.5;
y = sin(9 * z);
T = codec(y, z);
expectEqual(codec(y, z * 1e-130), T);
expectWarning(@() codec(y, z * 1e-153), 'lcodec:tinyDifferences');
for scale = [1e-155, 1e-158, 1e-160, 1e-165]
  for standardize = {'none', 'std', 'range'}
    expectError(@() codec(y, z * scale, [], 'standardize', standardize{1}), 'lcodec:badScale');
  end
end
end

function scaleOfNoise()
x = sin((0:199)');
for factor = [1e160, 1e-170]
  expectError(@() lcodec(factor * x, x, [], 'standardize', 'std'), 'lcodec:badScale');
  expectError(@() lfoci(x, factor * x), 'lcodec:badScale');
end
expectError(@() lcodec(x, x, [], 'sigma', 1e308), 'lcodec:badScale');
expectEqual(lcodec(x, [1e300 + 0 * x, x], [], 'standardize', 'std'), ...
            lcodec(x, [0 * x, x], [], 'standardize', 'std'));
end

function copiesOfColumns()
X = pseudo(300, 3, 3);
y = X(:, 1) .* X(:, 2) + X(:, 3);
for copy = {X(:, 1), 32 + 1.8 * X(:, 1), -X(:, 1) / 3}
  expectWarning(@() foci([X, copy{1}], y, 'stop', false), 'lcodec:copiedColumn');
  expectWarning(@() foci([X, copy{1}], y, 'stop', false, 'given', 1), 'lcodec:copiedColumn');
end
expectWarning(@() foci([X, X(:, 1) + 1e-9 * X(:, 2)], y, 'stop', false), '');
end

function columnsThatVaryByRounding()
almost = (0.1 + zeros(300, 1)) * 3;
almost(1:7:end) = 0.3;
z = pseudo(300, 1, 4);
expectWarning(@() foci([almost, z], z), 'lcodec:nearlyConstantColumn');
expectWarning(@() codec(z, almost), 'lcodec:nearlyConstantColumn');
expectWarning(@() codec(z, 1e6 + 1e-6 * floor(9 * z)), '');
end

function scoresOfFociByCodec()
X = pseudo(100, 3, 5) .* [1, 1000, 1];
y = X(:, 1) .* X(:, 3) + X(:, 2) / 1000;
[selected, scores] = foci(X, y, 'stop', false);
for k = 1:3
  T = codec(y, X(:, selected(k)), X(:, selected(1:k - 1)), 'standardize', 'std');
  expectEqual(T, scores(k));
end
statistic = codec_test(y, X(:, 1), X(:, 2:3), 'n_resamples', 1);
expectEqual(statistic, codec(y, X(:, 1), X(:, 2:3), 'standardize', 'std'));
expectTrue(statistic ~= codec(y, X(:, 1), X(:, 2:3)), 'units should matter to codec');
end
