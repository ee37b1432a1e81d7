function tests = test_errors()
%TEST_ERRORS Errors name the public function that was called, and their ids stand in one table.
tests = {@idsAreThoseOfTheTable};
X = pseudo(20, 3, 1);
y = X(:, 1);
bad = y(1:19);
calls = {'codec', {y, bad}; 'codec', {y}; 'codec', {y, X, [], 'seed', -1}; ...
         'codec', {y, X, [], 'ties'}; 'codec', {y, X, 1e200 * X}; ...
         'lcodec', {y, bad}; 'lcodec', {y, X, [], 'sigma', 'small'}; ...
         'xi', {y, bad}; 'xi', {y, y, 'tie', 'average'}; ...
         'codec_test', {y, bad}; 'codec_test', {y, y, y, 'method', 'permutation'}; ...
         'codec_tests', {bad, y}; 'codec_tests', {X, y, [], 'max_exceedances', 0}; ...
         'codec_matrix', {sparse(X)}; 'codec_matrix', {X, 'method', 'asymptotic'}; ...
         'plot_codec_matrix', {X}; 'plot_codec_matrix', {eye(2), {'a'}}; ...
         'plot_codec_matrix', {'map'}; 'plot_codec_matrix', {eye(2), {}, 3}; ...
         'foci', {X, bad}; 'foci', {X, y, 'given', 7}; 'foci', {1e200 * X, y}; ...
         'lfoci', {X, bad}; 'lfoci', {X, y, 'stop', 'no'}; ...
         'codec_scores', {X, bad}; 'codec_scores', {X, y, [1, 1]}; ...
         'foci_graph', {sparse(X)}; 'foci_graph', {X, 'n_jobs', 0}; ...
         'plot_foci_graph', {X}; 'plot_foci_graph', {eye(2), {'a'}}; ...
         'plot_foci_graph', {'graph'}; 'plot_foci_graph', {eye(2), {}, 3}; 'foci', {X, 'y'}};
for k = 1:size(calls, 1)
  tests{end + 1} = @() namesItself(calls{k, 1}, calls{k, 2}); %#ok<AGROW>
end
end

function namesItself(name, arguments_)
% The top of the stack is the public function, and the id stands in the table.
try
  feval(name, arguments_{:});
catch problem
  expectEqual(problem.stack(1).name, name);
  expectEqual(problem.stack(1).file, which(name));
  expectTrue(any(strcmp(problem.identifier, errorIds())), [problem.identifier, ' is not listed']);
  return
end
error('lcodec:testFailed', '%s should refuse this', name);
end

function idsAreThoseOfTheTable()
% Every id is raised somewhere, and no other.
[errors, warnings] = errorIds();
source = sourceOfAll();
for function_ = {'fail', 'warn'}
  used = regexp(source, ['\<', function_{1}, '\(\s*''(lcodec:\w+)'''], 'tokens');
  listed = errors;
  if strcmp(function_{1}, 'warn')
    listed = warnings;
  end
  expectEqual(strjoin(unique([used{:}]), ' '), strjoin(sort(listed), ' '));
end
raised = regexp(source, '\<(error|warning)\(', 'match');
expectEqual(numel(raised), 2);  % in fail.m and in warn.m
end

function source = sourceOfAll()
% The code, without comments, of the public functions and of those in private.
home = fileparts(fileparts(mfilename('fullpath')));
source = '';
for folder = {home, fullfile(home, 'private')}
  files = dir(fullfile(folder{1}, '*.m'));
  for file = files'
    if ~strcmp(file.name, 'buildfile.m')
      text = regexprep(fileread(fullfile(folder{1}, file.name)), '^\s*%[^\n]*', '', 'lineanchors');
      source = [source, text]; %#ok<AGROW>
    end
  end
end
end
