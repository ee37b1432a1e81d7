function tests = test_reporting()
%TEST_REPORTING The options n_jobs, memory_limit and progress.
tests = {@progressCountsCandidates, @progressPrintsALine, @resultsStayTheSame, @badOptions};
end

function progressCountsCandidates()
X = pseudo(300, 900, 1);
y = X(:, 1) .* X(:, 2) + X(:, 3);
calls = listOfCalls();
[selected, scores] = foci(X, y, 'max_features', 2, 'progress', @listOfCalls);
calls = [calls; listOfCalls()];
expectEqual(unique(calls(:, 1))', [1, 2]);
for step = 1:2
  own = calls(calls(:, 1) == step, :);
  expectTrue(size(own, 1) > 1, 'there should be a call for each block');
  expectEqual(unique(own(:, 3)), 901 - step);
  expectTrue(all(diff(own(:, 2)) > 0), 'the count should rise');
  expectEqual(own(end, 2), 901 - step);
end
[~, same] = foci(X(:, selected), y, 'max_features', 2);
expectEqual(scores, same);
lfoci(X(:, 1:3), y, 'draws', 2, 'stop', false, 'progress', @listOfCalls);
expectEqual(listOfCalls(), [1, 3, 3; 2, 2, 2; 3, 1, 1]);
end

function calls = listOfCalls(step, scored, candidates)
% Called as progress, remember the call; without arguments, return the calls and forget them.
persistent list
if nargin > 0
  list(end + 1, :) = [step, scored, candidates];
end
calls = list;
if nargin == 0
  calls = reshape(list, [], 3);
  list = zeros(0, 3);
end
end

function progressPrintsALine()
X = pseudo(60, 3, 2);
printed = evalc('foci(X, X(:, 2), ''progress'', true);');
expectTrue(~isempty(strfind(printed, 'step 1: 3 candidates scored')), 'a line for step 1');
expectEqual(evalc('foci(X, X(:, 2), ''progress'', 1);'), printed);
quiet = evalc('foci(X, X(:, 2), ''progress'', false);');
expectTrue(isempty(strfind(quiet, 'step')), 'no line without progress');
end

function resultsStayTheSame()
X = pseudo(200, 5, 3);
y = X(:, 1) .* X(:, 2);
expectEqual(codec(y, X(:, 1), X(:, 2), 'n_jobs', 2), codec(y, X(:, 1), X(:, 2)));
expectEqual(lcodec(y, X(:, 1), [], 'NJobs', -2), lcodec(y, X(:, 1)));
[~, p] = codec_test(y, X(:, 1), [], 'n_jobs', [], 'n_resamples', 20);
[~, q] = codec_test(y, X(:, 1), [], 'n_jobs', 1, 'n_resamples', 20);
expectEqual(p, q);
expectEqual(codec_scores(X, y, 2, 'n_jobs', 1, 'memory_limit', 2^20), codec_scores(X, y, 2));
expectEqual(foci_graph(X, 'n_jobs', 1, 'memory_limit', 2^21), foci_graph(X, 'memory_limit', []));
[~, scores] = lfoci(X, y);
[~, same] = lfoci(X, y, 'n_jobs', 3, 'memory_limit', 2^22, 'progress', false);
expectEqual(same, scores);
end

function badOptions()
X = pseudo(20, 3, 4);
y = X(:, 1);
calls = {@(varargin) codec(y, X, [], varargin{:}), @(varargin) lcodec(y, X, [], varargin{:}), ...
         @(varargin) codec_test(y, X, [], varargin{:}), ...
         @(varargin) codec_scores(X, y, [], varargin{:}), @(varargin) foci(X, y, varargin{:}), ...
         @(varargin) lfoci(X, y, varargin{:}), @(varargin) foci_graph(X, varargin{:}), ...
         @(varargin) codec_tests(X, y, [], varargin{:}), @(varargin) codec_matrix(X, varargin{:})};
for k = 1:numel(calls)
  call = calls{k};
  expectMessage(@() call('n_jobs', 0), 'lcodec:optionRange', ...
                '`n_jobs` must be positive, or negative to count down from all processors, got 0');
  expectMessage(@() call('n_jobs', 1.5), 'lcodec:optionType', ...
                '`n_jobs` must be a whole number, got 1.5');
  expectMessage(@() call('n_jobs', true), 'lcodec:optionType', ...
                '`n_jobs` must be a whole number, got true');
  expectError(@() call('n_jobs', NaN), 'lcodec:optionType');
  expectError(@() call('n_jobs', Inf), 'lcodec:optionRange');
end
for k = 4:7
  call = calls{k};
  expectMessage(@() call('memory_limit', 1000), 'lcodec:optionRange', ...
                '`memory_limit` must be at least 1048576, got 1000');
  expectMessage(@() call('memory_limit', 'all'), 'lcodec:optionType', ...
                '`memory_limit` must be a whole number, got ''all''');
end
for k = 5:6
  call = calls{k};
  expectMessage(@() call('progress', 2), 'lcodec:optionType', ...
                '`progress` must be true, false or a function, got 2');
  expectMessage(@() call('progress', {}), 'lcodec:optionType', ...
                '`progress` must be true, false or a function, got something else');
end
for k = [1:4, 7]
  call = calls{k};
  expectError(@() call('progress', true), 'lcodec:unknownOption');
end
end
