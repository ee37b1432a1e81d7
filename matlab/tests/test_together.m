function tests = test_together()
%TEST_TOGETHER Tests in batches, resamples that stop early, the matrix of pairs and its picture.
tests = {@aBatchIsItsSingleTests, @stoppingIsTheDescription, @theMatrixIsItsPairs, ...
         @constantColumns, @tablesAndMissing, @distancesOfTheirOwn, @wrongCalls, @heatMap};
end

function aBatchIsItsSingleTests()
data = {pseudo(40, 5, 1), floor(3 * pseudo(40, 5, 2))};
for k = 1:2
  y = data{k}(:, 1);
  Z = data{k}(:, 2:4);
  for x = {[], data{k}(:, 5)}
    for enough = {[], 3}
      options = {'n_resamples', 29, 'max_exceedances', enough{1}, 'seed', 7, 'n_neighbors', k, ...
                 'response', 'ordered'};
      [T, p, info] = codec_tests(Z, y, x{1}, options{:});
      for j = 1:3
        [Tj, pj, infoJ] = codec_test(y, Z(:, j), x{1}, options{:});
        expectEqual([T(j), p(j), info.n_resamples(j)], [Tj, pj, infoJ.n_resamples]);
        expectEqual(info.method, infoJ.method);
      end
    end
  end
end
[T, p, info] = codec_tests(pseudo(40, 2, 3), pseudo(40, 1, 4), 'method', 'asymptotic');
[Tj, pj] = codec_test(pseudo(40, 1, 4), second(pseudo(40, 2, 3)), 'method', 'asymptotic');
expectEqual([T(2), p(2), info.n_resamples], [Tj, pj, 0, 0]);
end

function column = second(X)
column = X(:, 2);
end

function stoppingIsTheDescription()
y = pseudo(30, 1, 5);
z = pseudo(30, 1, 6);
T = codec(y, z, [], 'standardize', 'std');
orders = permutations(30, 0:98, 2);
reached = zeros(1, 99);
for b = 1:99
  reached(b) = ~(codec(y(orders(:, b)), z, [], 'standardize', 'std') < T - 1e-12);
end
for enough = [1, 4, 10]
  used = find(cumsum(reached) >= enough, 1);
  [~, p, info] = codec_test(y, z, 'n_resamples', 99, 'max_exceedances', enough, 'seed', 2, ...
                            'method', 'permutation');
  expectEqual([p, info.n_resamples], [enough / used, used]);
end
[~, p, info] = codec_test(y, y, 'n_resamples', 99, 'max_exceedances', 1, 'method', 'permutation');
expectEqual([p, info.n_resamples], [1 / 100, 99]);
end

function theMatrixIsItsPairs()
data = {pseudo(25, 3, 7), floor(3 * pseudo(25, 3, 8))};
for k = 1:2
  X = data{k};
  [T, p, info] = codec_matrix(X, 'n_resamples', 19, 'n_neighbors', k, 'max_exceedances', 4, ...
                              'method', 'permutation');
  expectEqual(codec_matrix(X, 'n_neighbors', k), T);
  for i = 1:3
    expectTrue(isnan(T(i, i)) && isnan(p(i, i)));
    for j = [1:i - 1, i + 1:3]
      options = {'n_resamples', 19, 'n_neighbors', k, 'max_exceedances', 4, ...
                 'standardize', 'none', 'response', 'ordered', 'method', 'permutation'};
      [one, pvalue, how] = codec_test(X(:, j), X(:, i), options{:});
      expectEqual([T(i, j), p(i, j), info.n_resamples(i, j)], [one, pvalue, how.n_resamples]);
      expectEqual(T(i, j), codec(X(:, j), X(:, i), [], 'n_neighbors', k, 'response', 'ordered'));
    end
  end
end
end

function constantColumns()
X = pseudo(20, 3, 9);
X(:, 2) = 4;
expectWarning(@() codec_matrix(X), 'lcodec:constantColumn');
state = warning('off', 'lcodec:constantColumn');
tidy = onCleanup(@() warning(state));
[T, p, info] = codec_matrix(X, 'n_resamples', 9);
expectEqual(info.skipped, 2);
expectEqual(isnan(T), logical([1, 1, 0; 1, 1, 1; 0, 1, 1]));
expectEqual(isnan(p), isnan(T));
expectTrue(all(isnan(codec_matrix(ones(9, 1)))));
end

function tablesAndMissing()
Z = pseudo(30, 2, 10);
y = pseudo(30, 1, 11);
holes = Z;
holes(4, 2) = NaN;
keep = (1:30)' ~= 4;
state = warning('off', 'lcodec:rowsDropped');
tidy = onCleanup(@() warning(state));
[T, p] = codec_tests(holes, y, 'missing', 'drop', 'n_resamples', 9);
[Tk, pk] = codec_tests(Z(keep, :), y(keep), 'n_resamples', 9);
expectEqual([T, p], [Tk, pk]);
expectEqual(codec_matrix(holes, 'missing', 'drop'), codec_matrix(Z(keep, :)));
end

function distancesOfTheirOwn()
% Of two columns in one distance, the sum of squares would overflow.
Z = pseudo(30, 2, 12);
Z = Z .* (1.1e154 ./ (max(Z) - min(Z)));
y = pseudo(30, 1, 13);
T = codec_tests(Z, y, 'standardize', 'none', 'n_resamples', 9);
expectEqual(T, [codec(y, Z(:, 1)), codec(y, Z(:, 2))]);
T = codec_matrix(Z);
expectTrue(isfinite(T(2)));
expectError(@() codec_tests([y, 1e50 * Z(:, 1)], y), 'lcodec:badScale');
end

function wrongCalls()
y = pseudo(20, 1, 14);
expectError(@() codec_tests(y), 'lcodec:missingInput');
expectError(@() codec_matrix(), 'lcodec:missingInput');
expectError(@() plot_codec_matrix(), 'lcodec:missingInput');
expectError(@() codec_tests(y, y, [], 'max_exceedances', 0), 'lcodec:optionRange');
expectError(@() codec_tests(y, y, [], 'max_exceedances', 'ten'), 'lcodec:optionType');
expectError(@() codec_matrix(y, 'standardize', 'std'), 'lcodec:unknownOption');
expectMessage(@() codec_tests(floor(3 * [y, y]), y, 'method', 'asymptotic'), ...
              'lcodec:optionValue', ['`method` ''asymptotic'' needs no `x`, and no repeated ', ...
                                     'values in `y` or `Z`, got repeated values in `Z`']);
end

function heatMap()
T = [NaN, 0.75; -0.25, NaN];
window = figure('visible', 'off');
tidy = onCleanup(@() close(window));
left = subplot(1, 2, 1);
right = subplot(1, 2, 2);
for times = 1:2  % the second drawing replaces the first
  expectEqual(plot_codec_matrix(T, {'a', repmat('b', 1, 40)}, left), left);
  expectEqual(plot_codec_matrix(right, T), right);
end
expectEqual(strjoin(get(left, 'XTickLabel')'), ['a ', repmat('b', 1, 27), '...']);
expectEqual(strjoin(get(right, 'YTickLabel')'), '1 2');
picture = findobj(left, 'type', 'image');
expectEqual(get(picture, 'CData'), [0, 0.75; 0, 0]);
expectEqual(size(get(findobj(left, 'type', 'patch'), 'XData'), 2), 2);  % what is NaN is white
texts = get(findobj(left, 'type', 'text', 'HorizontalAlignment', 'center', ...
                    'VerticalAlignment', 'middle'), 'String');
expectTrue(all(ismember({'-0.25', '0.75'}, texts)));
expectEqual(caxis(left), [0, 1]);
expectEqual(get(get(left, 'XLabel'), 'String'), 'response');
end
