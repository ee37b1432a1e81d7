function tests = test_scores()
%TEST_SCORES codec_scores, foci_graph, and the options they share with foci.
tests = {@scoresAreCoefficients, @givenColumnsContinueARun, @stopsAtTheFirstGainNotAbove, ...
         @graphIsFociOfEveryColumn, @missingRowsAreDropped, @badInput, @manyBinaryRows};
end

function scoresAreCoefficients()
X = floor(4 * pseudo(60, 5, 1));
y = X(:, 1) .* X(:, 2) + floor(2 * pseudo(60, 1, 2));
scores = codec_scores(X, y, [3, 1], 'standardize', 'none');
expectEqual(scores([1, 3]), [0, 0]);
for j = [2, 4, 5]
  expectEqual(scores(j), codec(y, X(:, j), X(:, [3, 1])));
end
expectEqual(codec_scores(X, y, [], 'standardize', []), ...
            [codec(y, X(:, 1)), codec(y, X(:, 2)), codec(y, X(:, 3)), codec(y, X(:, 4)), ...
             codec(y, X(:, 5))]);
end

function givenColumnsContinueARun()
X = floor(4 * pseudo(70, 5, 3));
y = X(:, 1) .* X(:, 2) + floor(3 * pseudo(70, 1, 4));
[whole, scores] = foci(X, y, 'stop', false);
for k = 1:4
  [rest, restScores] = foci(X, y, 'stop', false, 'given', whole(1:k));
  expectEqual(rest, whole(k + 1:end));
  expectEqual(restScores, scores(k + 1:end));
end
end

function stopsAtTheFirstGainNotAbove()
% Gains of noise columns are small and of both signs, so that no other rule passes.
for seed = 1:12
  X = pseudo(120, 7, 10 + seed);
  y = X(:, 1) + 2 * pseudo(120, 1, 50 + seed);
  [everything, scores] = foci(X, y, 'stop', false);
  for least = [0, 0.02]
    count = find([scores <= least, true], 1) - 1;
    expectEqual(foci(X, y, 'min_gain', least), everything(1:count));
  end
end
end

function graphIsFociOfEveryColumn()
X = pseudo(150, 4, 5);
X(:, 4) = X(:, 1) .* X(:, 3);
adjacency = foci_graph(X);
for j = 1:4
  others = [1:j - 1, j + 1:4];
  [selected, scores] = foci(X(:, others), X(:, j));
  expected = zeros(4, 1);
  expected(others(selected)) = scores;
  expectEqual(adjacency(:, j), expected);
end
end

function missingRowsAreDropped()
X = pseudo(60, 3, 6);
y = X(:, 1);
holes = X;
holes([4, 9], 2) = NaN;
expectError(@() foci(holes, y), 'lcodec:nonFinite');
[~, scores] = expectWarning(@() foci(holes, y, 'missing', 'drop', 'stop', false), ...
                            'lcodec:rowsDropped');
keep = [1:3, 5:8, 10:60];
[~, expected] = foci(X(keep, :), y(keep), 'stop', false);
expectEqual(scores, expected);
end

function badInput()
X = pseudo(10, 3, 7);
y = X(:, 1);
expectError(@() codec_scores(X), 'lcodec:missingInput');
expectError(@() codec_scores(X, y, 4), 'lcodec:optionRange');
expectError(@() codec_scores(X, y, [1, 1]), 'lcodec:optionRange');
expectError(@() codec_scores(X, y, 1.5), 'lcodec:optionType');
expectError(@() foci(X, y, 'given', {'age'}), 'lcodec:optionRange');
expectError(@() foci(X, y, 'min_gain', -1), 'lcodec:optionRange');
expectError(@() foci(X, y, 'missing', 'omit'), 'lcodec:optionValue');
expectError(@() foci_graph(), 'lcodec:missingInput');
end

function manyBinaryRows()
X = double(pseudo(20000, 5, 8) < 0.4);
[selected, ~, info] = foci(X, max(X(:, 3), X(:, 2) .* X(:, 5)));
expectEqual(sort(selected), [2, 3, 5]);
expectEqual(info.cumulative(end), 1);
end
