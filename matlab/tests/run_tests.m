function run_tests(only)
%RUN_TESTS Run every test of the MATLAB code and print "N passed, N failed".
%   RUN_TESTS(names) runs some files of them, a cell array of names without '.m'.
%
%   RUN_TESTS needs nothing but this folder's repository: no Python, no toolbox, no package. It
%   raises lcodec:testsFailed when a test fails, so that a shell sees it.
%
%   Each file test_*.m in this folder returns its tests, a cell array of function handles; a test
%   fails by raising an error. Those whose bits could depend on the order in which a built-in adds
%   run once more with the sum and cumsum of the folder hostile, which add in another order.
here = fileparts(mfilename('fullpath'));
copies = tempname();  % private functions are tested too, from a copy that can be on the path
copyfile(fullfile(here, '..', 'private'), copies);
state = warning();
warning('off', 'Octave:shadowed-function');
% Tests of other things have responses of few whole numbers and tiny columns; expectWarning has
% these warnings back.
warning('off', 'lcodec:fewValues');
warning('off', 'lcodec:tinyDifferences');
before = addpath(here, fileparts(here), copies);
cleanup = onCleanup(@() restore(before, copies, state));

files = dir(fullfile(here, 'test_*.m'));
[~, names] = cellfun(@fileparts, {files.name}, 'UniformOutput', false);
again = {'test_golden', 'test_xi', 'test_lcodec', 'test_foci', 'test_codec_test', 'test_order'};
if nargin > 0
  names = names(ismember(names, only));
  again = again(ismember(again, only));
end
counts = runFiles(names, '');
addpath(fullfile(here, 'hostile'));
counts = counts + runFiles(again, 'with hostile sums, ');
fprintf('%d passed, %d failed\n', counts);
if counts(2) > 0 || counts(1) == 0
  error('lcodec:testsFailed', '%d tests failed, %d passed', counts(2), counts(1));
end
end

function counts = runFiles(names, how)
% How many tests passed and failed, 1 x 2.
counts = [0, 0];
for name = names
  tests = feval(name{1});
  for k = 1:numel(tests)
    try
      tests{k}();
      counts(1) = counts(1) + 1;
    catch problem
      counts(2) = counts(2) + 1;
      fprintf('FAILED %s%s/%s: %s\n', how, name{1}, func2str(tests{k}), problem.message);
    end
  end
end
end

function restore(before, copies, state)
path(before);
warning('off', 'all');
confirm_recursive_rmdir_off();
rmdir(copies, 's');
warning(state);
end

function confirm_recursive_rmdir_off()
% Octave asks before it deletes a folder with files in it; MATLAB does not.
if exist('OCTAVE_VERSION', 'builtin')
  feval('confirm_recursive_rmdir', false);
end
end
