function [rows, words] = permutations(n, resamples, seed, purpose)
%PERMUTATIONS The rows 1..n in a random order for each resample, the same as in Python.
%   [rows, words] = permutations(n, resamples, seed) gives an n x B matrix of orders for the
%   resamples numbered RESAMPLES (from 0), and the word that each row (not place) has to choose
%   with. Rows are sorted by the first two words of their counter; the third is the choice.
%   PURPOSE is the stream of random numbers, see constants.
number = constants();
if nargin < 4
  purpose = number.PERMUTATION;
end
B = numel(resamples);
owner = reshape(repmat(reshape(resamples, 1, B), n, 1), [], 1);
counter = [repmat((0:n - 1)', B, 1), zeros(n * B, 1), owner, repmat(purpose, n * B, 1)];
drawn = philox4x32(counter, seed);
[~, order] = sortrows([owner, drawn(:, 1:2)]);
rows = reshape(order, n, B) - (0:B - 1) * n;
words = reshape(drawn(:, 3), n, B);
end
