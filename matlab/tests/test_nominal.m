function tests = test_nominal()
%TEST_NOMINAL A nominal response: classes whose names, codes and order say nothing.
tests = {@equalsTheDefinition, @namesAndCodesSayNothing, @scoresAreCoefficients, ...
         @everyRowAClass, @oneClass, @classesHaveNoNoise, @testsOfClasses, @refusals};
standing = {@typesOfText, @missingClasses, @namedColumn};
if exist('OCTAVE_VERSION', 'builtin')
  for k = 1:numel(standing)
    test = standing{k};
    standing{k} = @() withStandins(test);
  end
end
tests = [tests, standing];
end

function withStandins(test)
% Octave has none of these types. A stand-in has the syntax of the real one.
before = addpath(fullfile(fileparts(mfilename('fullpath')), 'standins'));
tidy = onCleanup(@() path(before));
test();
end

function [X, y, texts] = data()
X = pseudo(200, 4, 1);
X(:, 3:4) = floor(3 * X(:, 3:4));
y = (X(:, 1) > 0.5) + 2 * (X(:, 4) > 0);
names = {'c'; 'a'; ''; 'b'};
texts = names(y + 1);
end

function T = nominal(y, z, x, varargin)
T = codec(y, z, x, 'response', 'nominal', varargin{:});
end

function equalsTheDefinition()
[X, y] = data();
for columns = {1, 4, [1, 2], [3, 4]}
  z = X(:, columns{1});
  expectEqual(nominal(y, z, []), byDefinition(y, z, zeros(200, 0)), 1e-12);
  expectEqual(nominal(y, z, X(:, 3)), byDefinition(y, z, X(:, 3)), 1e-12);
end
end

function T = byDefinition(y, z, x)
% From distances of all pairs of rows.
n = numel(y);
withZ = shares(y, [x, z]);
if isempty(x)
  c = (sum(sum(y == y')) - n) / (n * (n - 1));  % whole numbers
  T = (sum(withZ) / n - c) / (1 - c);  % a test's own sum
else
  T = (sum(withZ) - sum(shares(y, x))) / (n - sum(shares(y, x)));  % a test's own sum
end
end

function value = shares(y, columns)
n = numel(y);
value = zeros(n, 1);
for i = 1:n
  d = zeros(n, 1);
  for k = 1:size(columns, 2)
    d = d + (columns(i, k) - columns(:, k)).^2;
  end
  d(i) = Inf;
  near = d == min(d);
  value(i) = nnz(near & y == y(i)) / nnz(near);
end
end

function namesAndCodesSayNothing()
[X, y, texts] = data();
codes = [7; -2; 0.5; 3];
for ties = {'average', 'random', 'first'}
  T = nominal(y, X, [], 'ties', ties{1});
  expectEqual(nominal(codes(y + 1), X, [], 'ties', ties{1}), T);
  expectEqual(nominal(texts, X, [], 'ties', ties{1}), T);
  [selected, scores] = foci(X, y, 'response', 'nominal', 'ties', ties{1}, 'stop', false);
  [others, same] = foci(X, texts, 'response', 'nominal', 'ties', ties{1}, 'stop', false);
  expectEqual(others, selected);
  expectEqual(same, scores);
end
order = [101:200, 1:100];
expectEqual(nominal(texts(order), X(order, 2:4), X(order, 1)), nominal(y, X(:, 2:4), X(:, 1)));
expectEqual(nominal(int64(2)^60 + int64(y), X, []), nominal(y, X, []));
expectEqual(nominal(y > 1, X, []), nominal(y <= 1, X, []));
expectEqual(codec_scores(X, texts, 1, 'response', 'nominal'), ...
            codec_scores(X, y, 1, 'response', 'nominal'));
expectEqual(lfoci(X, texts, 'response', 'nominal'), lfoci(X, y, 'response', 'nominal'));
end

function scoresAreCoefficients()
[X, ~, texts] = data();
[selected, scores, info] = foci(X, texts, 'response', 'nominal');
expectEqual(sort(selected), [1, 4]);
expectTrue(any(strcmp(info.stop_reason, {'determined', 'no_gain'})), info.stop_reason);
for k = 1:numel(selected)
  T = nominal(texts, X(:, selected(k)), X(:, selected(1:k - 1)), 'standardize', 'std');
  expectEqual(T, scores(k));
end
end

function everyRowAClass()
X = pseudo(30, 2, 2);
calls = {@(y) codec(y, X, 'response', 'nominal'), @(y) lcodec(y, X, 'response', 'nominal'), ...
         @(y) codec_scores(X, y, 'response', 'nominal'), ...
         @(y) codec_test(y, X, 'response', 'nominal', 'n_resamples', 3)};
for k = 1:numel(calls)
  value = expectWarning(@() calls{k}((1:30)'), 'lcodec:allClassesDiffer');
  expectEqual(value, zeros(size(value)));
  expectWarning(@() calls{k}([1; (1:29)']), '');
end
expectEqual(expectWarning(@() foci(X, (1:30)', 'response', 'nominal'), ...
                          'lcodec:allClassesDiffer'), zeros(1, 0));
expectEqual(expectWarning(@() nominal((1:30)', X(:, 1), X(:, 2)), 'lcodec:allClassesDiffer'), 0);
end

function oneClass()
[X, ~, texts] = data();
texts(:) = {'a'};
expectEqual(expectWarning(@() nominal(texts, X, []), 'lcodec:constantResponse'), NaN);
expectWarning(@() foci(X, texts, 'response', 'nominal'), 'lcodec:constantResponse');
expectWarning(@() lcodec(texts, X, 'response', 'nominal'), 'lcodec:constantResponse');
end

function classesHaveNoNoise()
bit = mod((1:300)', 2);
expectTrue(lcodec(bit, bit) < 0.6, 'noise should make a bit no function of itself');
expectEqual(lcodec(bit, bit, 'response', 'nominal'), 1);
[selected, scores] = lfoci(bit, bit, 'response', 'nominal', 'draws', 3);
expectEqual([selected, scores], [1, 1]);
end

function testsOfClasses()
x = pseudo(300, 2, 3);
names = {'a'; 'b'; 'c'};
texts = names(1 + mod(floor(3 * (x(:, 1) + x(:, 2))), 3));
[T, p] = codec_test(texts, x(:, 2), x(:, 1), 'response', 'nominal', 'n_resamples', 99);
expectEqual(T, nominal(texts, x(:, 2), x(:, 1), 'standardize', 'std'));
expectEqual(p, 0.01);
[~, p] = codec_test(texts, pseudo(300, 1, 9), 'response', 'nominal', 'n_resamples', 19);
expectTrue(p > 0.05, 'a column of its own should tell nothing');
expectError(@() codec_test(texts, x(:, 1), 'response', 'nominal', 'method', 'asymptotic'), ...
            'lcodec:optionValue');
end

function refusals()
[X, y, texts] = data();
said = '`y` must be numeric, got text; response=''nominal'' takes its values as classes';
expectMessage(@() codec(texts, X), 'lcodec:notNumeric', said);
expectMessage(@() foci(X, texts, 'response', 'ordered'), 'lcodec:notNumeric', said);
mixed = texts;
mixed{3} = 4;
expectMessage(@() nominal(mixed, X, []), 'lcodec:notNumeric', ...
              '`y` must be text, categories or numbers, got a container or object');
expectMessage(@() nominal([texts, texts], X, []), 'lcodec:optionValue', ...
              '`response` ''nominal'' needs `y` of one column, got 2');
expectMessage(@() nominal('words', X, []), 'lcodec:tooFewRows', ...
              '`y` must have at least 3 rows, got 1');
expectError(@() nominal(y * Inf, X, []), 'lcodec:nonFinite');
expectError(@() xi(X(:, 1), y, 'response', 'nominal'), 'lcodec:optionValue');
expectError(@() foci_graph(X, 'response', 'nominal'), 'lcodec:unknownOption');
end

function typesOfText()
[X, y, texts] = data();
T = nominal(y, X, []);
expectEqual(nominal(string(texts), X, []), T);
letters = 'cadb';
expectEqual(nominal(letters(y + 1)', X, []), T);
kinds = {'c'; 'a'; 'd'; 'b'};
expectEqual(nominal(categorical(kinds(y + 1)), X, []), T);
expectEqual(nominal(table(texts, 'VariableNames', {'y'}), X, []), T);
expectEqual(codec_scores(X, categorical(kinds(y + 1)), 'response', 'nominal'), ...
            codec_scores(X, y, 'response', 'nominal'));
end

function missingClasses()
[X, y, ~] = data();
kinds = {'c'; 'a'; 'd'; 'b'};
texts = kinds(y + 1);
kept = [1, 3:200];
T = nominal(y(kept), X(kept, :), []);
said = '`y` must be complete, got 1 missing value; missing=''drop'' leaves out their rows';
absent = texts;
absent{2} = NaN;
strings = string(absent);
absent{2} = '';
categories = categorical(absent);  % '' is no category
for y = {strings, categories}
  expectMessage(@() nominal(y{1}, X, []), 'lcodec:nonFinite', said);
  value = expectWarning(@() nominal(y{1}, X, [], 'missing', 'drop'), 'lcodec:rowsDropped');
  expectEqual(value, T);
end
end

function namedColumn()
[X, y, texts] = data();
T = table(X(:, 1), texts, X(:, 2:4), 'VariableNames', {'a', 'kind', 'M'});
[selected, scores, info] = foci(T, 'kind', 'response', 'nominal', 'stop', false, 'given', 'M_1');
[others, same] = foci(X, y, 'response', 'nominal', 'stop', false, 'given', 2);
places = [1, 3, 4, 5];
expectEqual(selected, places(others));
expectEqual(scores, same);
names = {'a', '', 'M_1', 'M_2', 'M_3'};
expectEqual(strjoin(info.names, ' '), strjoin(names(selected), ' '));
scores = codec_scores(T, 'kind', 'response', 'nominal');
expectEqual(scores(2), 0);
expectMessage(@() foci(T, 'kind'), 'lcodec:notNumeric', ...
              '`y` must be numeric, got text; response=''nominal'' takes its values as classes');
end
