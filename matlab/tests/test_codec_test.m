function tests = test_codec_test()
%TEST_CODEC_TEST Tests of independence: their permutations, tie sets, tails and answers.
tests = {@equalsItsDescription, @conditionalEqualsItsDescription, @ordersArePermutations, ...
         @exchangesStayNear, @neighboursInALargeGroup, @storedTieSets, @vanishingDistances, ...
         @tailIsAccurate, @findsDependence, @momentsOfAllPermutations, @defaultMethod, ...
         @asymptotic, @undefinedCases, @methodsThatDoNotFit, ...
         @optionsAreChecked, @poorExchange, @residualsOfTheUser};
end

function equalsItsDescription()
% Search for the neighbours again for every resample, through CODEC.
data = {pseudo(30, 3, 1), floor(3 * pseudo(30, 3, 2))};
scaled = {'standardize', 'std'};  % the default of codec_test, not of codec
for k = 1:2
  y = data{k}(:, 1);
  z = data{k}(:, 2:3);
  [T, p, info] = codec_test(y, z, [], 'n_resamples', 19, 'seed', 5);
  orders = permutations(30, 0:18, 5);
  reached = 0;
  for b = 1:19
    reached = reached + ~(codec(y(orders(:, b)), z, [], scaled{:}) < T - 1e-12);
  end
  expectEqual(T, codec(y, z, [], scaled{:}));
  expectEqual(p, (1 + reached) / 20);
  expectEqual(info.method, 'permutation');
end
end

function conditionalEqualsItsDescription()
data = {pseudo(30, 3, 1), floor(3 * pseudo(30, 3, 2))};
scaled = {'standardize', 'std'};  % the default of codec_test, not of codec
for k = 1:2
  y = data{k}(:, 1);
  z = data{k}(:, 2);
  x = data{k}(:, 3);
  [T, p, info] = codec_test(y, z, x, 'n_resamples', 19, 'shuffle_neighbors', 4, 'seed', 6);
  [orders, words] = permutations(30, 0:18, 6);
  reached = 0;
  for b = 1:19
    rows = exchange(x, 4, orders(:, b), words(:, b));
    reached = reached + ~(codec(y(rows), z, x, scaled{:}) < T - 1e-12);
  end
  expectEqual(T, codec(y, z, x, scaled{:}));
  expectEqual(p, (1 + reached) / 20);
  expectEqual(info.method, 'local_permutation');
end
end

function rows = exchange(x, k, order, words)
% One local exchange, row by row.
n = numel(x);
rows = (1:n)';
free = true(n, 1);
for i = order'
  others = mod(i - 1 + (1:n - 1), n) + 1;
  [~, at] = sort(abs(x(others) - x(i)));
  near = others(at(1:k));
  near = near(free(near));
  if free(i) && ~isempty(near)
    m = near(floor(words(i) * numel(near) / 2^32) + 1);
    rows([i, m]) = [m, i];
    free([i, m]) = false;
  end
end
end

function ordersArePermutations()
orders = permutations(3, 0:5999, 3);
expectEqual(sort(orders, 1), repmat((1:3)', 1, 6000));
[~, ~, which_] = unique(orders', 'rows');
counts = accumarray(which_(:), 1);
expectEqual(numel(counts), 6);
expectTrue(all(abs(counts - 1000) < 5 * sqrt(1000 * 5 / 6)), 'every order should be as likely');
expectEqual(permutations(3, 7:8, 3), orders(:, 8:9));
end

function exchangesStayNear()
x = pseudo(100, 1, 4);
near = nearestRows(x, 1, 5);
[orders, words] = permutations(100, 0:9, 8);
given = localExchanges(near, orders, words);
for b = 1:10
  partner = given(:, b);
  expectEqual(partner(partner), (1:100)');
  moved = find(partner ~= (1:100)');
  expectTrue(numel(moved) > 80, 'most rows should move');
  either = any(near(moved, :) == partner(moved), 2) | any(near(partner(moved), :) == moved, 2);
  expectTrue(all(either), 'rows should be exchanged with near ones');
end
end

function neighboursInALargeGroup()
expectEqual(nearestRows(zeros(6, 1), 1, 2), [2, 3; 3, 4; 4, 5; 5, 6; 6, 1; 1, 2]);
end

function storedTieSets()
[a, b] = meshgrid(1:6, 1:6);
tables = {pseudo(36, 2, 1), floor(3 * pseudo(36, 2, 2)), [a(:), b(:)], ...
          full(eye(36)), [floor(2 * pseudo(36, 1, 3)), zeros(36, 1)]};
[~, labels] = sort(pseudo(36, 3, 4));
rules = {'average', 'first'};
for k = 1:numel(tables)
  for j = 1:2
    for K = [1, 2, 7, 35]
      options = struct('ties', rules{j}, 'seed', 0, 'n_neighbors', K, ...
                       'classes', mod(K + j, 2) > 0);
      given = labels;
      if options.classes
        given = mod(labels, 3) + 1;
      end
      weights = ones(1, size(tables{k}, 2));
      expected = zeros(36, 3);
      for column = 1:3
        expected(:, column) = bruteValues(given(:, column), tables{k}, weights, 0, 0, options);
      end
      for most = [5e6, 0]
        sets = tieSets(tables{k}, weights, options, most);
        expectEqual(sets.means(given), expected);
      end
    end
  end
end
end

function vanishingDistances()
% Rows that differ by less than any squared difference can tell are tied, though not equal.
sets = tieSets([0; 0; 1e-170; 2e-162; 1], 1, struct('ties', 'average'));
values = sets.means((1:5)');
expectEqual(values(1:3), [1; 1.5; 1.5]);
end

function tailIsAccurate()
t = [-9, -1.5, -0.3, 0, 1e-300, 0.7, 1.4999, 1.5, 3, 10, 25, 37.4];
for k = 1:numel(t)
  expectEqual(upperTail(t(k)) / (0.5 * erfc(t(k) / sqrt(2))), 1, 1e-12);
end
expectEqual(upperTail(1.959963984540054), 0.025, 1e-16);
expectEqual([upperTail(37.6), upperTail(-1e300)], [0, 1]);
x = [-708, -100.5, -1, -0.34, 0];
for k = 1:numel(x)
  expectEqual(ieeeExp(x(k)) / exp(x(k)), 1, 5e-16);
end
end

function findsDependence()
data = pseudo(200, 3, 11);
x = data(:, 1);
z = data(:, 2);
[~, p] = codec_test(cos(20 * z), z, [], 'method', 'permutation', 'n_resamples', 99);
expectEqual(p, 0.01);
[~, p] = codec_test(cos(20 * z), z);
expectTrue(p < 1e-30, 'a strong relation should be found');
[~, p] = codec_test(data(:, 3), z);
expectTrue(p > 0.05, 'independent columns should not be rejected');
[~, p] = codec_test(mod(x + z, 1), z, x, 'n_resamples', 99);
expectEqual(p, 0.01);
[~, p] = codec_test(x + data(:, 3) / 5, x + z / 5, x, 'n_resamples', 99);
expectTrue(p > 0.05, 'columns that depend through x should not be rejected');
end

function momentsOfAllPermutations()
% T of all 24 orders of four responses has the mean and the variance that info.z is made of.
tables = {pseudo(4, 2, 1), [0; 0; 1; 5]};
y = [3; 1; 2; 2];
orders = perms(1:4);
for k = 1:numel(tables)
  for K = [1, 2]
    options = {'standardize', 'none', 'n_neighbors', K, 'response', 'ordered'};
    T = zeros(24, 1);
    for b = 1:24
      T(b) = codec(y(orders(b, :)), tables{k}, [], options{:});
    end
    [first, p, info] = codec_test(y, tables{k}, [], 'method', 'moments', options{:});
    expectEqual(info.z, (first - mean(T)) / std(T, 1), 1e-10);
    expectEqual(p, upperTail(info.z));
  end
end
[~, p, info] = codec_test(y, ones(4, 1), [], 'method', 'moments', 'response', 'ordered');
expectEqual([p, info.z], [1, NaN]);
end

function defaultMethod()
y = pseudo(50, 1, 1);
z = pseudo(50, 1, 2);
[~, ~, info] = codec_test(y, z);
expectEqual(info.method, 'moments');
[~, ~, info] = codec_test(y(1:49), z(1:49));
expectEqual(info.method, 'permutation');
[~, ~, info] = codec_test(y, floor(4 * z));
expectEqual(info.method, 'permutation');
[~, ~, info] = codec_tests([floor(4 * z), z], y);
expectEqual(info.method, 'permutation');
[~, ~, info] = codec_test(y, z, [], 'max_exceedances', 3);
expectEqual(info.method, 'permutation');
expectError(@() codec_test(y, z, y, 'method', 'moments'), 'lcodec:optionValue');
end

function asymptotic()
data = pseudo(300, 2, 12);
[T, p, info] = codec_test(data(:, 1), data(:, 2), [], 'method', 'asymptotic');
sd = sqrt((2 / 5 + 2 / 5 * 2 / 3 + 4 / 5 * 1 / 2) / 300);
expectEqual(p, 0.5 * erfc(T / sd / sqrt(2)), 1e-14);
expectEqual(info.method, 'asymptotic');
end

function undefinedCases()
z = (1:6)';
x = [0; 0; 1; 1; 2; 2];
[T, p] = expectWarning(@() codec_test(ones(6, 1), z), 'lcodec:constantResponse');
expectEqual([T, p], [NaN, NaN]);
[T, p, info] = expectWarning(@() codec_test(x.^2, z, x), 'lcodec:determinedResponse');
expectEqual([T, p], [NaN, NaN]);
expectEqual(info.method, 'local_permutation');
end

function methodsThatDoNotFit()
y = (1:9)';
tied = mod(y, 4);
cases = {{y, y, y, 'method', 'permutation'}, {y, y, [], 'method', 'local_permutation'}, ...
         {y, y, y, 'method', 'asymptotic'}, {y, [y, tied], [], 'method', 'asymptotic'}, ...
         {tied, y, [], 'method', 'asymptotic'}, {y, tied, [], 'method', 'asymptotic'}, ...
         {y, y, [], 'method', 'exact'}, {y, y, [], 'ties', 'random'}};
for k = 1:numel(cases)
  expectError(@() codec_test(cases{k}{:}), 'lcodec:optionValue');
end
end

function optionsAreChecked()
y = (1:6)';
expectError(@() codec_test(y), 'lcodec:missingInput');
expectError(@() codec_test(y, y(1:5)), 'lcodec:sizeMismatch');
expectError(@() codec_test(y, y, [], 'n_resamples', 0), 'lcodec:optionRange');
expectError(@() codec_test(y, y, y, 'shuffle_neighbors', 1.5), 'lcodec:optionType');
expectError(@() codec_test(y, y, [], 'resamples', 9), 'lcodec:unknownOption');
expectError(@() codec_test(y, y, [], 'n_neighbors', 6), 'lcodec:optionRange');
expectError(@() codec_test(y, y, [], 'n_neighbors', 1025), 'lcodec:optionRange');
expectError(@() codec_test(y, y, [], 'n_neighbors', 2, 'method', 'asymptotic'), ...
            'lcodec:optionValue');
z = mod(7 * y, 5);
[~, p] = codec_test(z, y, y.^2, 'ShuffleNeighbors', 100);
[~, q] = codec_test(z, y, y.^2, 'shuffle_neighbors', 5);
expectEqual(p, q);
end

function poorExchange()
% Five columns determine y and z almost: rows that exchange responses are far apart.
x = pseudo(100, 5, 1);
s = sum(x, 2);
y = s + 0.05 * pseudo(100, 1, 2);
z = s + 0.05 * pseudo(100, 1, 3);
options = {'n_resamples', 99, 'standardize', 'std'};
[~, p] = expectWarning(@() codec_test(y, z, x, options{:}), 'lcodec:poorExchange');
expectTrue(p < 0.05, 'this true null is rejected, which is why there is a warning');
expectWarning(@() codec_test(y, [pseudo(100, 1, 4), z], x, options{:}), ...
              'lcodec:poorExchange');
% Nothing to warn of: z does not depend on x, y does not, a constant, and one column of x.
for column = {pseudo(100, 1, 4), ones(100, 1)}
  expectWarning(@() codec_test(y, column{1}, x, options{:}), '');
end
expectWarning(@() codec_test(pseudo(100, 1, 4), z, x, options{:}), '');
expectWarning(@() codec_test(y, z, s, options{:}), '');
end

function residualsOfTheUser()
% What the help tells users to do: residuals of a linear regression.
x = pseudo(100, 5, 1);
s = sum(x, 2);
design = [ones(100, 1), x];
rest = @(v) v - design * (design \ v);
y = rest(s + 0.05 * pseudo(100, 1, 2));
z = rest(s + 0.05 * pseudo(100, 1, 3));
options = {'n_resamples', 99, 'standardize', 'std'};
[~, p] = expectWarning(@() codec_test(y, z, x, options{:}), '');
expectTrue(p > 0.05, 'residuals should not be rejected');
end
