function tests = test_random()
%TEST_RANDOM The portable random numbers: known answers, quantiles, moments.
tests = {@philoxKnownAnswers, @quantilesInvertTheDistribution, @logarithm, @moments};
end

function philoxKnownAnswers()
here = fileparts(mfilename('fullpath'));
file = fullfile(here, '..', '..', 'parity_tests', 'golden', 'philox4x32.txt');
lines = strsplit(fileread(file), sprintf('\n'));
compared = 0;
for k = 1:numel(lines)
  words = strsplit(strtrim(strrep(lines{k}, '->', ' ')));
  if numel(words) < 12 || ~strcmp(words{2}, '10')
    continue
  end
  values = hex2dec(words(3:12))';
  expectEqual(philox4x32(values(1:4), values(5:6)), values(7:10));
  compared = compared + 1;
end
expectEqual(compared, 3);
expectEqual(philox4x32(1:4, 2^40 + 7), philox4x32(1:4, [7, 256]));
end

function quantilesInvertTheDistribution()
p = [1e-300, 1e-17, 1e-9, 0.01, 0.07, 0.08, 0.3, 0.5, 0.8, 0.93, 0.999, 1 - 1e-12];
expectEqual(0.5 * erfc(-normalQuantile(p) / sqrt(2)) ./ p, ones(size(p)), 1e-12);
expectEqual(normalQuantile(0.975), 1.9599639845400545, 1e-15);
end

function logarithm()
x = [1e-300, 1e-17, 0.1, 0.5, 0.7071, 0.7072, 0.99, 1, 1 - 2^-53];
expectEqual(ieeeLog(x) ./ max(abs(log(x)), 1e-300), sign(log(x)), 5e-16);
end

function moments()
sample = gaussian(50000, 0:1, 0, 3, 11);
expectEqual(mean(sample(:)), 0, 4 / sqrt(1e5));
expectEqual(mean(sample(:).^2), 1, 4 * sqrt(2 / 1e5));
expectEqual(mean(sample(:).^4), 3, 4 * sqrt(96 / 1e5));
end
