function plan = buildfile()
%BUILDFILE Tasks of MATLAB's build tool (R2022b or later): test and package.
%   buildtool            runs the tests
%   buildtool test       the same
%   buildtool package    runs the tests and makes dist/lcodec-<version>.mltbx (R2023a or later)
%
%   Run them in this folder. This file was checked statically only: see docs/matlab.md.
plan = buildplan(localfunctions);
plan.DefaultTasks = string('test');
plan(string('package')).Dependencies = string('test');
end

function testTask(context)
% Run every test of the MATLAB code
back = cd(fullfile(context.Plan.RootFolder, 'tests'));
tidy = onCleanup(@() cd(back));
run_tests();
end

function packageTask(context)
% Make a toolbox of the functions, the examples and the licence
if isMATLABReleaseOlderThan(string('R2023a'))
  error('lcodec:oldRelease', 'packaging needs MATLAB R2023a or later');
end
folder = char(context.Plan.RootFolder);
root = fileparts(folder);
version = regexp(fileread(fullfile(root, 'python', 'lcodec', '__init__.py')), ...
                 '__version__ = .([\d.]+)', 'tokens', 'once');

stage = fullfile(tempname(), 'lcodec');
mkdir(stage);
tidy = onCleanup(@() rmdir(fileparts(stage), 's'));
copyfile(fullfile(folder, '*.m'), stage);
delete(fullfile(stage, 'buildfile.m'));
for part = {'private', 'examples', 'doc'}
  copyfile(fullfile(folder, part{1}), fullfile(stage, part{1}));
end
mkdir(fullfile(stage, 'resources'));
copyfile(fullfile(folder, 'resources', 'functionSignatures.json'), fullfile(stage, 'resources'));
copyfile(fullfile(root, 'LICENSE'), fullfile(stage, 'LICENSE'));

target = fullfile(root, 'dist');
if ~isfolder(target)
  mkdir(target);
end
identifier = '08a87e44-2d80-4b0d-bd38-15202681a47f';  % the same for every version
options = matlab.addons.toolbox.ToolboxOptions(stage, identifier);
options.ToolboxName = 'lcodec';
options.ToolboxVersion = version{1};
options.AuthorName = 'The lcodec developers';
options.Summary = 'Conditional dependence and feature selection';
options.Description = ['Coefficients of conditional dependence (CODEC, randomised LCODEC) and ', ...
                       'feature selection with them (FOCI, LFOCI), the same bits as in the ', ...
                       'Python package.'];
options.MinimumMatlabRelease = 'R2019b';
if ~isMATLABReleaseOlderThan(string('R2025a'))  % the first that opens a live script of plain text
  options.ToolboxGettingStartedGuide = fullfile(stage, 'doc', 'GettingStarted.m');
end
options.ToolboxMatlabPath = stage;
options.OutputFile = fullfile(target, ['lcodec-', version{1}, '.mltbx']);
matlab.addons.toolbox.packageToolbox(options);
fprintf('%s\n', options.OutputFile);
end
