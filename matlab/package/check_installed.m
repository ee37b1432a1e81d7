%CHECK_INSTALLED Install the Octave package named by TARBALL, use it and uninstall it.
% Run by test_octave_package.sh in an empty folder. Octave only: MATLAB has no pkg.
place = pwd();
warning('off', 'Octave:gnuplot-toolkit');
pkg('prefix', fullfile(place, 'share'), fullfile(place, 'lib'));
pkg('local_list', fullfile(place, 'packages'));
pkg('install', getenv('TARBALL'));
pkg('load', 'lcodec');
folder = fileparts(which('codec'));
assert(strncmp(folder, fullfile(place, 'share'), numel(fullfile(place, 'share'))));

X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
y = mod(X(:, 1) + X(:, 2), 1);
assert(codec(y, X(:, 2), X(:, 1)), 0.8978, 5e-5);  % reaches the private functions
assert(foci(X, X(:, 4) .* X(:, 2) + X(:, 4)), [4, 2]);
assert(~isempty(strfind(help('codec'), 'conditional dependence')));
assert(~isempty(strfind(evalc('citation(''lcodec'')'), 'Azadkia')));
set(0, 'defaultfigurevisible', 'off');
evalc('run(fullfile(folder, ''examples'', ''foci_wine.m''))');
close('all');

installed = pkg('list', 'lcodec');
fprintf('installed lcodec %s, used it, ', installed{1}.version);
pkg('unload', 'lcodec');
pkg('uninstall', 'lcodec');
assert(isempty(which('codec')));
assert(isempty(pkg('list', 'lcodec')));
fprintf('uninstalled it\n');
