function tests = test_tables()
%TEST_TABLES Tables, strings and other types of MATLAB; in Octave, those of the folder standins.
tests = {@tablesAreMatrices, @namesComeBack, @responseByName, @givenByName, @variablesOfSeveral, ...
         @ambiguousNames, @errorsNameColumns, @scaleNamesColumns, @datesAndCategories, ...
         @stringsAreTexts, @severalTexts, @gatheredAtTheDoor};
if exist('OCTAVE_VERSION', 'builtin')
  for k = 1:numel(tests)
    test = tests{k};
    tests{k} = @() withStandins(test);
  end
end
end

function withStandins(test)
% Octave has none of these types. A stand-in has the syntax of the real one.
before = addpath(fullfile(fileparts(mfilename('fullpath')), 'standins'));
tidy = onCleanup(@() path(before));
test();
end

function [X, y, T] = data()
X = pseudo(200, 4, 1);
y = X(:, 4) .* X(:, 2) + X(:, 4);
T = table(X(:, 1), X(:, 2), X(:, 3), X(:, 4), 'VariableNames', {'a', 'b', 'c', 'd'});
end

function tablesAreMatrices()
[X, y, T] = data();
Y = table(y, 'VariableNames', {'y'});
expectEqual(codec(Y, T, T), codec(y, X, X));
expectEqual(codec_scores(T, Y, 2), codec_scores(X, y, 2));
expectEqual(foci_graph(T), foci_graph(X));
expectEqual(xi(Y, Y), xi(y, y));
expectEqual(codec(y, X, table('VariableNames', {})), codec(y, X));
counts = table(uint8(round(X(:, 1) * 9)), X(:, 2) > 0.5, 'VariableNames', {'n', 'high'});
expectEqual(codec(y, counts), codec(y, [round(X(:, 1) * 9), X(:, 2) > 0.5]));
end

function namesComeBack()
[X, y, T] = data();
[selected, scores, info] = foci(T, y);
[same, sameScores, plain] = foci(X, y);
expectEqual(selected, same);
expectEqual(scores, sameScores);
expectEqual(strjoin(info.names, ' '), 'd b');
expectTrue(isempty(plain.names), 'a matrix has no names');
[~, info] = foci_graph(T);
expectEqual(strjoin(info.names, ' '), 'a b c d');
end

function responseByName()
% The other columns are the features, and all keep their numbers.
[X, y] = data();
X(:, 3) = 1;
T = table(X(:, 1), y, X(:, 2), X(:, 3), X(:, 4), 'VariableNames', {'a', 'y', 'b', 'c', 'd'});
[selected, ~, info] = expectWarning(@() foci(T, 'y', 'ties', 'random'), 'lcodec:constantColumn');
[same, ~, plain] = expectWarning(@() foci(X, y, 'ties', 'random'), 'lcodec:constantColumn');
expectEqual(selected, same + 1);
expectEqual(info.cumulative, plain.cumulative);
expectEqual(info.skipped, 4);
expectEqual(strjoin(info.names, ' '), 'd b');
expectEqual(expectWarning(@() lfoci(T, 'y', 'given', 'd'), 'lcodec:constantColumn'), ...
            expectWarning(@() lfoci(X, y, 'given', 4), 'lcodec:constantColumn') + 1);
scores = codec_scores(X, y, 4);
expectEqual(codec_scores(T, 'y', 5), [scores(1), 0, scores(2:4)]);
expectMessage(@() foci(T, 'z'), 'lcodec:notNumeric', ...
              ['`y` must be numeric or name a column of `X`, got ''z''; ', ...
               'its columns are `a`, `y`, `b`, `c`, `d`']);
expectMessage(@() foci(T, 'y', 'given', {'a', 'y'}), 'lcodec:optionRange', ...
              '`given` must not list the column that is `y`');
expectMessage(@() foci(X, 'y'), 'lcodec:notNumeric', ...
              '`y` must be numeric, got ''y''; a name needs `X` with column names');
expectMessage(@() foci(table(y, 'VariableNames', {'y'}), 'y'), 'lcodec:emptyInput', ...
              '`X` must have at least one column, got 200 x 0');
end

function givenByName()
[X, y, T] = data();
expectEqual(foci(T, y, 'given', 'b'), foci(X, y, 'given', 2));
expectEqual(foci(T, y, 'given', {'c', 'b'}), foci(X, y, 'given', [3, 2]));
expectEqual(foci(T, y, 'given', string('b')), foci(X, y, 'given', 2));
expectEqual(foci(T, y, 'given', string({'c', 'b'})), foci(X, y, 'given', [3, 2]));
expectEqual(foci(T, y, 'given', ['c'; 'b']), foci(X, y, 'given', [3, 2]));
expectEqual(codec_scores(T, y, 'b'), codec_scores(X, y, 2));
expectMessage(@() foci(T, y, 'given', {'b', 'age'}), 'lcodec:optionRange', ...
              ['`given` must list columns of `X`, got ''age''; ', ...
               'its columns are `a`, `b`, `c`, `d`']);
end

function variablesOfSeveral()
% A variable of several columns has names as splitvars gives them.
[X, y] = data();
T = table(X(:, 1:3), X(:, 4), 'VariableNames', {'M', 'd'});
[selected, ~, info] = foci(T, y);
expectEqual(selected, foci(X, y));
expectEqual(strjoin(info.names, ' '), 'd M_2');
expectEqual(foci(T, y, 'given', 'M_2'), foci(X, y, 'given', 2));
expectEqual(foci(T, 'd', 'given', 'M_1'), foci(X(:, 1:3), X(:, 4), 'given', 1));
expectError(@() foci(table(ones(20, 2, 2), 'VariableNames', {'M'}), X(1:20)'), 'lcodec:notMatrix');
end

function ambiguousNames()
[X, y] = data();
T = table(X(:, 1:3), X(:, 4), 'VariableNames', {'M', 'M_2'});
expectMessage(@() foci(T, y, 'given', 'M_2'), 'lcodec:optionValue', ...
              ['`given` must name one column of `X`, got ''M_2'', the name of 2; ', ...
               'rename them or give numbers']);
expectError(@() foci(T, 'M_2'), 'lcodec:optionValue');
end

function errorsNameColumns()
[X, y] = data();
words = repmat({'u'}, 200, 1);
T = table(X(:, 1), words, words, 'VariableNames', {'number', 'city', 'kind'});
expectMessage(@() foci(T, y), 'lcodec:notNumeric', ...
              ['`X` must be numeric, got text in columns `city`, `kind`; ', ...
               'encode them as numbers or leave them out']);
expectMessage(@() codec(y, table(string(words), 'VariableNames', {'city'})), ...
              'lcodec:notNumeric', ['`z` must be numeric, got text in column `city`; ', ...
                                    'encode it as numbers or leave it out']);
expectMessage(@() codec(table(words, 'VariableNames', {'city'}), X), 'lcodec:notNumeric', ...
              ['`y` must be numeric, got text; ', ...
               'response=''nominal'' takes its values as classes']);
X([3, 9], 2) = NaN;
T = table(X(:, 1), X(:, 2), X(:, 1) * 1i, 'VariableNames', {'a', 'b', 'c'});
expectMessage(@() foci(T, y), 'lcodec:complexInput', ...
              '`X` must be real, got complex numbers in column `c`');
expectMessage(@() foci(table(X(:, 1), X(:, 2), 'VariableNames', {'a', 'b'}), y), ...
              'lcodec:nonFinite', ['`X` must be finite, got 2 NaN values in column `b`; ', ...
                                   'missing=''drop'' leaves out rows with NaN']);
expectMessage(@() foci(table(X(:, 1), sparse(X(:, 1)), 'VariableNames', {'a', 'b'}), y), ...
              'lcodec:sparseInput', '`X` must be a full array, got a sparse one in column `b`');
expectMessage(@() foci(table(X(:, 1), {@sin}, 'VariableNames', {'a', 'b'}), y), ...
              'lcodec:notNumeric', '`X` must be numeric, got a container or object in column `b`');
end

function scaleNamesColumns()
% Also where a column before them is the response.
[X, y] = data();
T = table(y, X(:, 1), X(:, 2) * 1e200, 'VariableNames', {'y', 'a', 'b'});
said = ['`X` must have squared differences and variances that double precision can hold, ', ...
        'got a column (%s) that does not; rescale it'];
expectMessage(@() foci(T, 'y'), 'lcodec:badScale', sprintf(said, '`b`'));
expectMessage(@() lfoci(T, 'y'), 'lcodec:badScale', sprintf(said, '`b`'));
expectMessage(@() codec_scores(T, 'y'), 'lcodec:badScale', sprintf(said, '`b`'));
expectMessage(@() foci_graph(T), 'lcodec:badScale', sprintf(said, '`b`'));
expectMessage(@() foci([X, X * 1e200], y), 'lcodec:badScale', ...
              sprintf(said, 'number 5, counting from 1'));
T = table(y, X(:, 1), 1 + X(:, 2) * 1e-15, 'VariableNames', {'y', 'a', 'b'});
expectWarning(@() foci(T, 'y'), 'lcodec:nearlyConstantColumn');
text = lastwarn();
expectEqual(text(end - 12:end), 'round them: b');
end

function datesAndCategories()
[X, y] = data();
when = datetime(2020, 1, (1:200)');
kind = categorical(repmat({'u'; 'v'}, 100, 1));
expectMessage(@() codec(y, when), 'lcodec:notNumeric', ...
              '`z` must be numeric, got dates or times; convert it to numbers (days, for example)');
expectMessage(@() codec(kind, X), 'lcodec:notNumeric', ...
              ['`y` must be numeric, got categories; ', ...
               'response=''nominal'' takes its values as classes']);
T = table(X(:, 1), when, kind, 'VariableNames', {'a', 'when', 'kind'});
expectMessage(@() foci(T, y), 'lcodec:notNumeric', ...
              ['`X` must be numeric, got dates or times in column `when`; ', ...
               'convert it to numbers (days, for example) or leave it out']);
end

function stringsAreTexts()
[X, y] = data();
expectEqual(foci(X, y, string('MaxFeatures'), 1, 'ties', string('First')), ...
            foci(X, y, 'max_features', 1, 'ties', 'first'));
expectEqual(codec(y, X, string('ties'), string('random')), codec(y, X, [], 'ties', 'random'));
expectMessage(@() codec(y, X, [], string('tis'), 1), 'lcodec:unknownOption', ...
              'unknown option `tis`; the nearest known one is `ties`');
expectMessage(@() codec(y, X, [], 'ties', string('rnd')), 'lcodec:optionValue', ...
              '`ties` must be one of ''average'', ''random'', ''first'', got ''rnd''');
expectMessage(@() codec(string({'u'; 'v'}), X), 'lcodec:notNumeric', ...
              ['`y` must be numeric, got text; ', ...
               'response=''nominal'' takes its values as classes']);
window = figure('visible', 'off');
tidy = onCleanup(@() close(window));
ax = plot_foci_graph(zeros(2), string({'a', 'b'}));
texts = findobj(ax, 'type', 'text');
expectEqual(strjoin(sort(get(texts, 'string'))', ' '), 'a b');
end

function severalTexts()
[X, y] = data();
expectMessage(@() codec(y, X, [], ['ab'; 'cd'], 1), 'lcodec:optionName', ...
              'option names must be text, got several texts');
expectMessage(@() codec(y, X, [], string({'ties', 'seed'}), 1), 'lcodec:optionName', ...
              'option names must be text, got several texts');
expectMessage(@() codec(y, X, 'ties', ['ab'; 'cd']), 'lcodec:optionValue', ...
              '`ties` must be one of ''average'', ''random'', ''first'', got several texts');
expectMessage(@() codec(y, X, 'ties', string({'first', 'random'})), 'lcodec:optionValue', ...
              '`ties` must be one of ''average'', ''random'', ''first'', got several texts');
expectError(@() foci(X, ['ab'; 'cd']), 'lcodec:notNumeric');
end

function gatheredAtTheDoor()
% MATLAB has the type with a toolbox only, and makes one only where there is a GPU.
if ~exist('OCTAVE_VERSION', 'builtin')
  return
end
[X, y] = data();
far = @(value) feval('gpuArray', value);
expectEqual(codec(far(y), far(X), far(X)), codec(y, X, X));
T = table(far(X(:, 1)), far(X(:, 2:4)), 'VariableNames', {'a', 'M'});
expectEqual(foci(T, far(y), 'given', far(2), 'max_features', far(1)), ...
            foci(X, y, 'given', 2, 'max_features', 1));
expectEqual(foci_graph(far(X)), foci_graph(X));
expectError(@() codec(far(1i * y), X), 'lcodec:complexInput');
end
