function bench_codec()
%BENCH_CODEC Time one coefficient of three columns, and the same by exhaustive search.
%   Prints one line of JSON per case; see report_case. Needs the folder matlab on the path.
for n = [1e4, 1e5]
  randn('twister', 2);
  z = randn(n, 3);
  y = z(:, 1) .* z(:, 2) + z(:, 3) + 0.2 * randn(n, 1);
  size_ = sprintf('codec n=1e%d, ', log10(n));
  brute = 3 * (n < 1e5);  % 1e10 pairs take minutes
  report_case([size_, 'z of 3 columns'], @() codec(y, z), 5, @() exhaustive_codec(y, z, []), ...
              brute, true);
  report_case([size_, 'z of 1 and x of 2 columns'], @() codec(y, z(:, 3), z(:, 1:2)), 5, ...
              @() exhaustive_codec(y, z(:, 3), z(:, 1:2)), brute, true);
end
end
