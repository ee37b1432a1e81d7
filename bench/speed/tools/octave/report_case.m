function report_case(name, ours, repeats, brute, brute_repeats, warm)
%REPORT_CASE Time OURS and BRUTE, check that they agree, and print one line of JSON.
%   {"case": NAME, "seconds": [wall, ...], "version": of Octave, "brute_seconds": [wall, ...]}
if warm
  ours();  % Octave reads the functions
end
seconds = zeros(1, repeats);
for k = 1:repeats
  clock_ = tic();
  result = ours();
  seconds(k) = toc(clock_);
end
brute_seconds = zeros(1, brute_repeats);
for k = 1:brute_repeats
  clock_ = tic();
  expected = brute();
  brute_seconds(k) = toc(clock_);
  if ~isequal(result, expected)
    error('bench:differs', '%s: the exhaustive search gives another result', name);
  end
end
line = struct('case', name, 'seconds', {num2cell(seconds)}, 'version', version(), ...
              'brute_seconds', {num2cell(brute_seconds)});
fprintf('%s\n', jsonencode(line));
end
