function tests = test_help()
%TEST_HELP The examples in the help of the public functions print what they say.
tests = {@codecExample, @fociExample, @lfociExample};
end

function codecExample()
expectEqual(exampleValues('codec'), exampleNumbers('codec'), 5e-5);
end

function fociExample()
expectEqual(exampleValues('foci'), exampleNumbers('foci'));
end

function lfociExample()
expectEqual(exampleValues('lfoci'), exampleNumbers('lfoci'));
end

function lines = exampleLines(name)
% The lines of the section "Example" of the help, without comment signs.
text = regexp(fileread(which(name)), '%   Example\n(.*?)%\n', 'tokens', 'once');
lines = strrep(strsplit(strtrim(text{1}), sprintf('\n')), '%     ', '');
end

function numbers = exampleNumbers(name)
numbers = [];
for line = exampleLines(name)
  parts = strsplit(line{1}, '% ');
  if numel(parts) > 1
    numbers = [numbers, sscanf(parts{2}, '%f')']; %#ok<AGROW>
  end
end
expectTrue(~isempty(numbers), 'an example should say what it prints');
end

function values = exampleValues(name)
values = [];
for line = exampleLines(name)
  parts = strsplit(line{1}, '% ');
  if numel(parts) > 1
    values = [values, eval(parts{1})]; %#ok<AGROW>
  else
    eval(line{1});
  end
end
end
