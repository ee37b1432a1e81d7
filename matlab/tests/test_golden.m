function tests = test_golden()
%TEST_GOLDEN Every recorded call gives the recorded bits; Python reads the same file.
here = fileparts(mfilename('fullpath'));
file = fullfile(here, '..', '..', 'parity_tests', 'golden', 'cases.json');
recorded = jsondecode(fileread(file));
cases = recorded.cases;
tests = cell(1, numel(cases));
for k = 1:numel(cases)
  one = cases{k};
  tests{k} = @() checkCase(one);
end
end

function checkCase(one)
arguments_ = cell(1, numel(one.arguments));
for k = 1:numel(arguments_)
  arguments_{k} = decode(one.arguments(k));
end
pairs = {};
names = fieldnames(one.options);
for k = 1:numel(names)
  if strcmp(one.call, 'codec_scores') && strcmp(names{k}, 'given')
    arguments_{3} = one.options.given;
  else
    pairs = [pairs, names(k), {one.options.(names{k})}]; %#ok<AGROW>
  end
end
if strcmp(one.call, 'codec_scores') && numel(arguments_) < 3
  arguments_{3} = [];
end
if isfield(one, 'error')
  expectError(@() feval(one.call, arguments_{:}, pairs{:}), one.error{1});
  return
end
values = cell(1, numel(one.values));
run = @() feval(one.call, arguments_{:}, pairs{:});
evalc('[values{:}] = run();');  % keeps expected warnings off the screen
for k = 1:numel(values)
  expected = decode(one.values(k));
  actual = values{k};
  if isstruct(actual)  % its fields, by their names
    actual = cell2mat(struct2cell(orderfields(actual))');
  end
  actual(isnan(actual)) = NaN;  % NaN has one spelling
  expectEqual(num2hex(actual(:)), num2hex(expected(:)));
  expectEqual(size(actual), size(expected));
end
end

function matrix = decode(entry)
matrix = zeros(entry.size');
if ~isempty(matrix)
  matrix(:) = hex2num(reshape(entry.hex, 16, [])');
end
end
