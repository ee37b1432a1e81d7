function noise = gaussian(n, columns, draw, purpose, seed)
%GAUSSIAN Standard normal numbers n x p, the same bits as in Python.
%   Column j belongs to the data column COLUMNS(j), counted from 0; see philox4x32.
p = numel(columns);
rows = repmat((0:n - 1)', p, 1);
owner = reshape(repmat(reshape(columns, 1, p), n, 1), [], 1);
words = philox4x32([rows, owner, repmat([draw, purpose], n * p, 1)], seed);
bits = floor(words(:, 1) / 2^5) * 2^26 + floor(words(:, 2) / 2^6);
% 2^53 - 1 + 0.5 rounds to 2^53; the minimum keeps that one number below 1
noise = reshape(normalQuantile(min((bits + 0.5) / 2^53, 1 - 2^-53)), n, p);
end
