function tests = test_xi()
%TEST_XI Chatterjee's correlation: published numbers, its definition, its laws.
tests = {@cranNumbers, @randomTiesOfCran, @averageOverAllOrders, @onlyTheOrderEnters, ...
         @constantColumns, @largeGroups, @missingValues, @badInput};
end

function golden = readGolden()
here = fileparts(mfilename('fullpath'));
file = fullfile(here, '..', '..', 'parity_tests', 'golden', 'foci_cases.json');
golden = jsondecode(fileread(file));
golden = golden.cases;
end

function entry = entryOf(expected, name)
% The entry of a case whose function starts with NAME; jsondecode gives a cell or a struct array.
entry = [];
for k = 1:numel(expected)
  if iscell(expected)
    item = expected{k};
  else
    item = expected(k);
  end
  if strncmp(item.fn, name, numel(name))
    entry = item;
  end
end
end

function cranNumbers()
golden = readGolden();
names = fieldnames(golden);
compared = 0;
for k = 1:numel(names)
  given = golden.(names{k});
  entry = entryOf(given.expected, 'XICOR::xicor');
  if isempty(entry)
    continue
  end
  for j = 1:size(given.X, 2)
    expectEqual(xi(given.X(:, j), given.y), entry.xi(j), 1e-12);
    compared = compared + 1;
  end
end
expectEqual(compared, 12);
end

function randomTiesOfCran()
golden = readGolden();
given = golden.xbin_n80_RANDOM;
entry = entryOf(given.expected, 'xicor');
average = xi(given.X, given.y);
expectEqual(average, entry.mean, 4 * entry.sd / sqrt(entry.reps));
draws = zeros(300, 1);
for seed = 1:300
  draws(seed) = xi(given.X, given.y, 'ties', 'random', 'seed', seed);
end
expectEqual(mean(draws), average, 4 * entry.sd / sqrt(300));
expectEqual(std(draws), entry.sd, 0.2 * entry.sd);
end

function averageOverAllOrders()
% Three rows share one x and two another: 12 orders, each with the published formula.
x = [2; 2; 2; 5; 5; 1; 9];
y = [3; 1; 1; 4; 0; 3; 2];
first = perms(1:3);
total = 0;
for k = 1:6
  for swap = 0:1
    order = [6, first(k, :), 4 + swap, 5 - swap, 7];
    total = total + xi((1:7)', y(order));
  end
end
expectEqual(xi(x, y), total / 12, 1e-15);
r = sum(y' <= y, 2);
l = sum(y' >= y, 2);
expectEqual(xi((1:7)', y), 1 - 7 * sum(abs(diff(r))) / (2 * sum(l .* (7 - l))), 1e-15);
end

function onlyTheOrderEnters()
data = floor(6 * pseudo(60, 2, 7));
[~, order] = sort(pseudo(60, 1, 9));
expectEqual(xi(data(:, 1).^3, exp(data(:, 2))), xi(data(:, 1), data(:, 2)));
expectEqual(xi(data(order, 1), data(order, 2)), xi(data(:, 1), data(:, 2)));
end

function constantColumns()
y = floor(4 * pseudo(50, 1, 1));
expectEqual(xi(zeros(50, 1), y), 0, 1e-14);
expectEqual(expectWarning(@() xi(y, ones(50, 1)), 'lcodec:constantResponse'), NaN);
end

function largeGroups()
% Sums over pairs far beyond 2^53: half of the rows have small ranks and one x.
n = 2^19;
x = [zeros(n / 2, 1); ones(n / 2, 1)];
y = [(1:n / 2)'; (n / 2 + 1:n)'];
g = n / 2;
inside = (g^2 - 1) / 3;  % 2/g times the sum over pairs of 1..g, g (g^2 - 1)/6
expectEqual(xi(x, y), 1 - n * (2 * inside + g) / (n * (n^2 - 1) / 3), 1e-14);
end

function missingValues()
x = [1; 2; NaN; 3; 4];
y = [2; 4; 1; 1; 5];
keep = [1, 2, 4, 5];
expectError(@() xi(x, y), 'lcodec:nonFinite');
expectEqual(expectWarning(@() xi(x, y, 'missing', 'drop'), 'lcodec:rowsDropped'), ...
            xi(x(keep), y(keep)));
end

function badInput()
y = (1:6)';
expectError(@() xi(y), 'lcodec:missingInput');
expectError(@() xi(y, y(1:5)), 'lcodec:sizeMismatch');
expectError(@() xi([y, y], y), 'lcodec:notVector');
expectError(@() xi(y, y, 'ties', 'first'), 'lcodec:optionValue');
expectError(@() xi(y, y, 'tie', 'random'), 'lcodec:unknownOption');
end
