function run_tests()
%RUN_TESTS Run every test of the MATLAB code and print "N passed, N failed".
%   RUN_TESTS needs nothing but this folder's repository: no Python, no toolbox, no package. It
%   raises lcodec:testsFailed when a test fails, so that a shell sees it.
%
%   Each file test_*.m in this folder returns its tests, a cell array of function handles; a test
%   fails by raising an error.
here = fileparts(mfilename('fullpath'));
copies = tempname();  % private functions are tested too, from a copy that can be on the path
copyfile(fullfile(here, '..', 'private'), copies);
before = addpath(here, fileparts(here), copies);
cleanup = onCleanup(@() restore(before, copies));

passed = 0;
failed = 0;
files = dir(fullfile(here, 'test_*.m'));
for file = files'
  [~, name] = fileparts(file.name);
  tests = feval(name);
  for k = 1:numel(tests)
    try
      tests{k}();
      passed = passed + 1;
    catch problem
      failed = failed + 1;
      fprintf('FAILED %s/%s: %s\n', name, func2str(tests{k}), problem.message);
    end
  end
end
fprintf('%d passed, %d failed\n', passed, failed);
if failed > 0 || passed == 0
  error('lcodec:testsFailed', '%d tests failed, %d passed', failed, passed);
end
end

function restore(before, copies)
path(before);
state = warning('off', 'all');
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
