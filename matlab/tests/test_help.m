function tests = test_help()
%TEST_HELP The examples in the help of the public functions print what they say.
names = {'codec', 'codec_interval', 'codec_matrix', 'codec_scores', 'codec_test', ...
         'codec_tests', 'foci', 'foci_graph', 'foci_stability', 'lcodec', 'lfoci', 'xi', ...
         'xi_interval'};
tests = cell(size(names));
for k = 1:numel(names)
  tests{k} = @() checkExample(names{k});
end
end

function checkExample(name)
text = regexp(fileread(which(name)), '%   Example\n(.*?)%\n', 'tokens', 'once');
lines = strrep(strsplit(strtrim(text{1}), sprintf('\n')), '%     ', '');
expected = [];
actual = [];
for line = lines
  parts = strsplit(line{1}, '% ');
  if numel(parts) > 1
    expected = [expected, sscanf(parts{2}, '%f')']; %#ok<AGROW>
    actual = [actual, eval(parts{1})]; %#ok<AGROW>
  else
    eval(line{1});
  end
end
expectTrue(~isempty(expected), 'an example should say what it prints');
expectEqual(actual, expected, 5e-5);
end
