%% Randomised CODEC: what noise gives, and what it takes
% LCODEC adds small Gaussian noise to every variable before it measures dependence, after Mehta,
% Pal, Singh and Ravi (CVPR 2022). This script shows what that is good for and what it loses.
%
% lcodec must be on the path: |addpath| with the folder of |codec.m|, or |pkg load lcodec| in
% GNU Octave.

%% Ties
% Discrete data have many nearest neighbours at the same distance. CODEC takes the mean over all
% of them by default. With noise, each row has exactly one.
X = mod(sin((1:400)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
x = floor(4 * X(:, 1));
z = floor(4 * X(:, 2));
y = mod(x + z, 4) + X(:, 3) / 10;
fprintf('CODEC  T(Y, Z | X) = %.4f\n', codec(y, z, x));
fprintf('LCODEC T(Y, Z | X) = %.4f\n', lcodec(y, z, x));

%% The noise is part of the result
% It depends on 'seed', and on nothing else: the same seed gives the same bits, in Python too.
% Several 'draws' are averaged.
for seed = 0:3
  fprintf('seed %d: %.4f, mean of 10 draws: %.4f\n', seed, ...
          lcodec(y, z, x, 'seed', seed), lcodec(y, z, x, 'seed', seed, 'draws', 10));
end

%% What it loses: a function no longer scores 1
% For a discrete response, noise makes an order among equal values, which nothing can predict.
% T(Y, Y) then tends to 1 minus the sum of the squared shares of the values: 0.5 for a balanced
% bit, however small the noise is. Values for different responses cannot be compared.
bit = double(X(:, 1) > 0.5);
rare = double(X(:, 1) > 0.9);
limit = @(v) 1 - mean(v)^2 - (1 - mean(v))^2;
fprintf('CODEC  T(bit, bit)   = %.4f\n', codec(bit, bit));
fprintf('LCODEC T(bit, bit)   = %.4f, limit %.4f\n', lcodec(bit, bit), limit(bit));
fprintf('LCODEC T(rare, rare) = %.4f, limit %.4f\n', lcodec(rare, rare), limit(rare));

%% What it loses: noise on x hides what is known
% Response and proxy are both the cause with a little noise of their own. Given the cause, the
% proxy says nothing about the response. When LCODEC blurs the cause, the proxy seems to add
% something: conditional dependence that is not in the data.
V = mod(sin((1:1000)' * [12.9898, 78.233, 37.719]) * 43758.5453, 1);
cause = V(:, 1);
response = cause + V(:, 2) / 20;
proxy = cause + V(:, 3) / 20;
sigmas = [0, 0.003, 0.01, 0.03, 0.1, 0.3];
values = zeros(size(sigmas));
for k = 1:numel(sigmas)
  values(k) = lcodec(response, proxy, cause, 'sigma', sigmas(k), 'draws', 5);
end
figure;
plot(1:numel(sigmas), values, 'o-', [1, numel(sigmas)], [0, 0], 'k:');
set(gca, 'XTick', 1:numel(sigmas), 'XTickLabel', ...
    arrayfun(@(s) sprintf('%g', s), sigmas, 'UniformOutput', false));
xlabel('sigma');
ylabel('T(response, proxy | cause)');
title('The truth is 0');

%% Selection with noise
% LFOCI is FOCI with the same noise. 'sigma' counts in standard deviations of each column.
tens = round(9 * X);
target = tens(:, 4) .* tens(:, 2) + tens(:, 4);
fprintf('FOCI  selects%s\n', sprintf(' %d', foci(tens, target)));
fprintf('LFOCI selects%s\n', sprintf(' %d', lfoci(tens, target)));
