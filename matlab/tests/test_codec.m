function tests = test_codec()
%TEST_CODEC The coefficient against its definition, its laws and its undefined cases.
tests = {@equalsTheDefinition, @equalsTheDefinitionOnUglyData, ...
         @columnsEnterTheDistanceInOrder, @ranksAreNotReversed, @increasingMapsOfY, ...
         @orderOfRows, @exactShifts, @randomTiesAverageToAverageTies, ...
         @scalingIsNotARescaledCopy, @undefinedCases, @badInput, @convertedTypes, @manyTiles};
end

function equalsTheDefinition()
for seed = 1:5
  data = pseudo(40, 4, seed);
  y = data(:, 1) .* data(:, 2) + data(:, 3);
  expectEqual(codec(y, data(:, 1:2)), referenceCodec(y, data(:, 1:2), []), 1e-14);
  expectEqual(codec(y, data(:, 1), data(:, 2:4)), ...
              referenceCodec(y, data(:, 1), data(:, 2:4)), 1e-14);
end
end

function equalsTheDefinitionOnUglyData()
[a, b] = meshgrid(1:7, 1:7);
tables = {floor(4 * pseudo(50, 2, 1)), round(20 * pseudo(50, 2, 2)) * 0.1, ...
          1e8 + pseudo(50, 2, 3), repmat(pseudo(17, 2, 4), 3, 1), [a(:), b(:)], ...
          1e-150 * pseudo(50, 2, 5), 1e150 * pseudo(50, 2, 6)};
for k = 1:numel(tables)
  z = tables{k};
  y = mod((1:size(z, 1))', 5) + (z(:, 1) > median(z(:, 1)));
  expectEqual(codec(y, z), referenceCodec(y, z, []), 1e-14);
  expectEqual(codec(y, z(:, 2), z(:, 1)), referenceCodec(y, z(:, 2), z(:, 1)), 1e-14);
end
end

function columnsEnterTheDistanceInOrder()
% Squares of multiples of 0.1 add up to other sums, and other neighbours, in other orders.
for seed = 1:6
  data = round(8 * (2 * pseudo(60, 4, seed) - 1)) * 0.1;
  y = pseudo(60, 1, seed + 50);
  expectEqual(codec(y, data(:, 3:4), data(:, 1:2)), ...
              referenceCodec(y, data(:, 3:4), data(:, 1:2)), 1e-14);
end
end

function ranksAreNotReversed()
% T(Y, Z) and T(-Y, Z) differ; ranks in descending order would give the second.
z = mod((0:29)', 7);
y = exp(z) + mod((0:29)', 2);
expectEqual(codec(y, z), referenceCodec(y, z, []), 1e-15);
expectTrue(codec(y, z) ~= codec(-y, z), 'T(Y, Z) should differ from T(-Y, Z)');
end

function increasingMapsOfY()
data = floor(6 * pseudo(60, 3, 7));
expectEqual(codec(exp(data(:, 1)), data(:, 2), data(:, 3)), ...
            codec(data(:, 1), data(:, 2), data(:, 3)));
end

function orderOfRows()
data = floor(3 * pseudo(60, 3, 8));
[~, order] = sort(pseudo(60, 1, 9));
expectEqual(codec(data(order, 1), data(order, 2), data(order, 3)), ...
            codec(data(:, 1), data(:, 2), data(:, 3)), 1e-13);
end

function exactShifts()
data = floor(5 * pseudo(60, 3, 10));
expectEqual(codec(data(:, 1), data(:, 2) + 2^40, 1024 - data(:, 3)), ...
            codec(data(:, 1), data(:, 2), data(:, 3)));
end

function randomTiesAverageToAverageTies()
data = floor(3 * pseudo(40, 2, 11));
draws = zeros(300, 1);
for seed = 1:300
  draws(seed) = codec(data(:, 1), data(:, 2), [], 'ties', 'random', 'seed', seed);
end
expectTrue(std(draws) > 0.01, 'random ties should vary');
expectEqual(mean(draws), codec(data(:, 1), data(:, 2)), 4 * std(draws) / sqrt(300));
end

function scalingIsNotARescaledCopy()
% Steps of 0.1 in one column and of 1 in the other: exact ties survive standardisation.
[a, b] = meshgrid(0:5, 0:5);
z = [a(:), b(:)];
y = mod(a(:) .* b(:), 4);
expectEqual(codec(y, z, [], 'standardize', 'std'), codec(y, z));
expectEqual(codec(y, z, [], 'Standardize', 'range'), codec(y, z));
end

function undefinedCases()
z = (1:6)';
expectEqual(expectWarning(@() codec(ones(6, 1), z), 'lcodec:constantResponse'), NaN);
x = [0; 0; 1; 1; 2; 2];
expectEqual(expectWarning(@() codec(x.^2, z, x), 'lcodec:determinedResponse'), NaN);
end

function badInput()
y = (1:6)';
z = pseudo(6, 2, 12);
expectError(@() codec(y), 'lcodec:missingInput');
expectError(@() codec(y, z(1:5, :)), 'lcodec:sizeMismatch');
expectError(@() codec(y(1:2), z(1:2, :)), 'lcodec:tooFewRows');
expectError(@() codec([y(1:5); NaN], z), 'lcodec:nonFinite');
expectError(@() codec(y, zeros(6, 0)), 'lcodec:emptyInput');
expectError(@() codec('sixsix', z), 'lcodec:notNumeric');
expectError(@() codec(y, num2cell(z)), 'lcodec:notNumeric');
expectError(@() codec(y, z * 1i), 'lcodec:complexInput');
expectError(@() codec(z(:, :, [1, 1]), z), 'lcodec:notVector');
expectError(@() codec(y, sparse(z)), 'lcodec:sparseInput');
expectError(@() codec(y, z * 1e200), 'lcodec:badScale');
expectError(@() codec(y, z, [], 'tise', 'first'), 'lcodec:unknownOption');
expectError(@() codec(y, z, [], 'ties', 'last'), 'lcodec:optionValue');
expectError(@() codec(y, z, [], 'seed'), 'lcodec:optionName');
end

function convertedTypes()
y = [3; 1; 2; 5; 4; 9; 7];
z = [1; 2; 2; 4; 8; 3; 0];
expectEqual(codec(int8(y), single(z)), codec(y, z));
expectEqual(codec(y > 3, uint16(z)), codec(double(y > 3), z));
diagonal = zeros(7, 2);
diagonal([1, 9]) = 1;
expectEqual(codec(y, eye(7, 2)), codec(y, diagonal));  % Octave has diagonal matrices
end

function manyTiles()
% More rows than one tile holds, compared with one call per tile-free subset of the definition.
data = pseudo(700, 3, 13);
y = data(:, 1) + data(:, 2);
expectEqual(codec(y, data(:, 1), data(:, 2)), referenceCodec(y, data(:, 1), data(:, 2)), 1e-13);
end
