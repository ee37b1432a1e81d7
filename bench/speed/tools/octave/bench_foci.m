function bench_foci()
%BENCH_FOCI Time FOCI to its automatic stop, and the same by exhaustive search.
%   Prints one line of JSON per case; see report_case. Needs the folder matlab on the path.
run_case('foci n=1e3 p=100', 1000, 100, 5, 3);
run_case('foci n=1e3 p=1e3', 1000, 1000, 5, 1);
run_case('foci n=1e4 p=100', 10000, 100, 3, 0);
run_binary();
end

function run_case(name, n, p, repeats, brute)
randn('twister', 1);
X = randn(n, p);
y = X(:, 1) .* X(:, 2) + X(:, 1) - X(:, 3) + 0.2 * randn(n, 1);
ours = @() foci(X, y, 'standardize', 'none');
report_case(name, ours, repeats, @() exhaustive_foci(X, y, 3), brute, true);
end

function run_binary()
% The shape of a table of attributes, to 8 columns.
rand('twister', 1);
X = double(rand(20000, 40) < 0.4);
y = double(X(:, 1) + X(:, 2) .* X(:, 3) + (rand(20000, 1) < 0.1) > 1);
ours = @() foci(X, y, 'standardize', 'none', 'max_features', 8);
report_case('foci 20000 x 40 binary, 8 columns', ours, 3, [], 0, false);
end
