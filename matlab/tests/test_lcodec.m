function tests = test_lcodec()
%TEST_LCODEC What the noise does, what it loses, and how it is averaged.
tests = {@isCodecOfNoisyData, @withoutNoiseItIsCodec, @aDiscreteResponseLosesOne, ...
         @constantsStayConstant, @badInput};
end

function isCodecOfNoisyData()
data = floor(3 * pseudo(80, 3, 1));
noisy = data;
for purpose = 2:4
  noisy(:, purpose - 1) = data(:, purpose - 1) + 0.1 * gaussian(80, 0, 1, purpose, 5);
end
second = codec(noisy(:, 1), noisy(:, 2), noisy(:, 3));
one = lcodec(data(:, 1), data(:, 2), data(:, 3), 'sigma', 0.1, 'seed', 5);
two = lcodec(data(:, 1), data(:, 2), data(:, 3), 'sigma', 0.1, 'seed', 5, 'draws', 2);
expectEqual(2 * two - one, second, 1e-14);
end

function withoutNoiseItIsCodec()
data = floor(3 * pseudo(80, 3, 2));
expectEqual(lcodec(data(:, 1), data(:, 2), data(:, 3), 'sigma', 0), ...
            codec(data(:, 1), data(:, 2), data(:, 3)));
end

function aDiscreteResponseLosesOne()
y = double(pseudo(1500, 1, 3) < 0.5);
expectEqual(codec(y, y), 1);
expectEqual(lcodec(y, y, [], 'sigma', 1e-3, 'draws', 3), 0.5, 0.03);
end

function constantsStayConstant()
z = (1:20)';
expectEqual(expectWarning(@() lcodec(ones(20, 1), z), 'lcodec:constantResponse'), NaN);
expectEqual(lcodec(z, ones(20, 1)), lcodec(z, zeros(20, 1)));
end

function badInput()
z = (1:20)';
expectError(@() lcodec(z), 'lcodec:missingInput');
expectError(@() lcodec(z, z, [], 'draws', 0), 'lcodec:optionRange');
expectError(@() lcodec(z, z, [], 'ties', 'first'), 'lcodec:unknownOption');
end
