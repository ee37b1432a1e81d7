function tests = test_groups()
%TEST_GROUPS Groups of columns as candidates, and categorical variables, which are groups.
tests = {@oneColumnIsThatColumn, @scoresAreCoefficients, @listsAndLabels, @givenAndConstant, ...
         @badGroups, @withStandins};
end

function [X, y] = data()
X = floor(4 * pseudo(60, 6, 1));
y = X(:, 2) + X(:, 3) .* X(:, 5) + floor(2 * pseudo(60, 1, 2));
end

function oneColumnIsThatColumn()
[X, y] = data();
for ties = {'average', 'random', 'first'}
  for groups = {1:6, {1}, {1, 2}, {}, []}
    for count = [1, 3]
      options = {'ties', ties{1}, 'seed', 5, 'stop', false, 'n_neighbors', count};
      [selected, scores] = foci(X, y, 'groups', groups{1}, options{:});
      [same, sameScores] = foci(X, y, options{:});
      expectEqual(selected, same);
      expectEqual(scores, sameScores);
    end
  end
end
end

function scoresAreCoefficients()
[X, y] = data();
[~, scores, info] = foci(X, y, 'groups', {[5, 3], [1, 2]}, 'stop', false);
before = zeros(1, 0);
for k = 1:numel(scores)
  expectEqual(scores(k), codec(y, X(:, info.columns{k}), X(:, before), 'standardize', 'std'));
  before = [before, info.columns{k}]; %#ok<AGROW>
  expectEqual(info.cumulative(k), codec(y, X(:, before), [], 'standardize', 'std'));
end
scores = codec_scores(X, y, 6, 'groups', {[5, 3], [1, 2]});
expectEqual(numel(scores), 4);
expectEqual(scores(1), codec(y, X(:, [3, 5]), X(:, 6), 'standardize', 'std'));
expectEqual(scores(4), 0);
end

function listsAndLabels()
[X, y] = data();
[~, scores, info] = foci(X, y, 'groups', {[5, 3], [1, 2], [6, 4]}, 'stop', false);
[~, same, labelled] = foci(X, y, 'groups', [7, 7, 1, 3, 1, 3], 'stop', false);
expectEqual(same, scores);
expectEqual([labelled.columns{:}], [info.columns{:}]);
expectTrue(isempty(info.names), 'a matrix has no names');
[selected, ~, texts] = foci(X, y, 'groups', {'u', 'u', 'v', 'w', 'v', 'w'}, 'stop', false);
names = {'u', 'v', 'w'};
expectEqual(strjoin(texts.names, ' '), strjoin(names(selected), ' '));
mask = false(1, 6);
mask([3, 5]) = true;
[~, scores] = foci(X, y, 'groups', {mask});
[~, same] = foci(X, y, 'groups', {[3, 5]});
expectEqual(same, scores);
[~, scores] = lfoci(X, y, 'groups', {[3, 5]}, 'sigma', 0);
expectEqual(same, scores);
end

function givenAndConstant()
[X, y] = data();
selected = foci(X, y, 'groups', {[3, 5], [1, 2]}, 'given', [5, 3], 'stop', false);
expectEqual(sort(selected), [2, 3, 4]);
X(:, [1, 4, 6]) = 1;
[~, ~, info] = expectWarning(@() foci(X, y, 'groups', {[1, 2], [4, 6]}, 'stop', false), ...
                             'lcodec:constantColumn');
expectEqual(info.skipped, 2);
text = lastwarn();
expectEqual(text(end - 3:end), '4, 6');
end

function badGroups()
[X, y] = data();
expectMessage(@() foci(X, y, 'groups', {[1, 2], [2, 3]}), 'lcodec:optionRange', ...
              '`groups` must not overlap, got column 2, counting from 1, in two groups');
expectMessage(@() foci(X, y, 'groups', {1, []}), 'lcodec:optionValue', ...
              '`groups` must not hold empty groups, got one in place 2');
expectMessage(@() foci(X, y, 'groups', [1, 1, 2]), 'lcodec:optionRange', ...
              '`groups` must have one label for each column of `X`, which has 6, got 3');
expectMessage(@() foci(X, y, 'groups', {[1, 2]}, 'given', 2), 'lcodec:optionValue', ...
              ['`given` must hold all columns of a group or none, got some of a group ', ...
               '(number 1, counting from 1)']);
expectError(@() foci(X, y, 'groups', 'ab'), 'lcodec:optionType');
expectError(@() foci(X, y, 'groups', {'a', 1}), 'lcodec:optionType');
expectError(@() foci(X, y, 'groups', @sin), 'lcodec:optionType');
expectError(@() foci(X, y, 'groups', [1, 1, 2, 2, 3, NaN]), 'lcodec:optionValue');
end

function withStandins()
% Octave has neither tables nor categories.
if exist('OCTAVE_VERSION', 'builtin')
  before = addpath(fullfile(fileparts(mfilename('fullpath')), 'standins'));
  tidy = onCleanup(@() path(before));
end
categoriesAreGroups();
end

function categoriesAreGroups()
[X, y] = data();
code = X(:, 6);
names = {'w'; 'x'; 'y'; 'z'};
city = categorical(names(code + 1));
T = table(X(:, 1), city, X(:, 2), 'VariableNames', {'a', 'city', 'b'});
y = y + 3 * code .* (code ~= 2);
[selected, scores, info] = foci(T, y, 'stop', false);
expectEqual(info.names{1}, 'city');
expectEqual(info.columns{1}, 2);
% two different categories are at squared distance 1, here all is doubled
wide = [X(:, [1, 1]), double(code == 0:3), X(:, [2, 2])];
expectEqual(codec_scores(T, y, 'a', 'standardize', 'none'), ...
            codec_scores(wide, y, 1:2, 'standardize', 'none', 'groups', {1:2, 3:6, 7:8}));
named = table(X(:, 1), y, city, X(:, 2), 'VariableNames', {'a', 'y', 'city', 'b'});
[~, same, other] = foci(named, 'y', 'stop', false);
expectEqual(same, scores);
expectEqual([other.columns{:}], selected + (selected > 1));
[~, ~, info] = foci(T, y, 'groups', {{'city', 'b'}}, 'stop', false);
expectEqual(strjoin(sort(info.names), ' '), 'a city+b');
expectMessage(@() foci(named, 'y', 'groups', {{'y', 'a'}}), 'lcodec:optionRange', ...
              '`groups` must not list the column that is `y`');
expectError(@() foci(named, 'y', 'groups', {'u', 'u', 'v', 'w'}), 'lcodec:optionRange');
[~, same] = foci(named, 'y', 'groups', {'u', 'y', 'v', 'w'}, 'stop', false);
expectEqual(same, scores);
texts = names(code + 1);
texts([3, 9]) = {''};
T = table(X(:, 1), categorical(texts), 'VariableNames', {'a', 'city'});
expectMessage(@() foci(T, y), 'lcodec:nonFinite', ...
              ['`X` must be finite, got 2 NaN values in column `city`; ', ...
               'missing=''drop'' leaves out rows with NaN']);
expectWarning(@() foci(T, y, 'missing', 'drop'), 'lcodec:rowsDropped');
T = table(X(:, 1), categorical(repmat({'k'}, 60, 1)), 'VariableNames', {'a', 'one'});
[~, ~, info] = expectWarning(@() foci(T, y), 'lcodec:constantColumn');
expectEqual(info.skipped, 2);
end
