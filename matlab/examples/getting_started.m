%% Getting started with CODEC
% CODEC measures how much a response y depends on z, and how much it depends on z once x is
% known. It needs no model and no tuning: 0 means independence, 1 means that y is a function of z
% (given x).
%
% lcodec must be on the path: |addpath| with the folder of |codec.m|, or |pkg load lcodec| in
% GNU Octave.

%% Two coordinates and a response
% Pseudo-random numbers in [0, 1), the same in MATLAB and in GNU Octave. The response is a
% function of x and z together, and independent of each of them alone.
X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
x = X(:, 1);
z = X(:, 2);
y = mod(x + z, 1);

%% Dependence on one variable: none
% The value is an estimate, so it scatters around 0 and can be negative.
alone = codec(y, z);
fprintf('T(Y, Z)     = %7.4f\n', alone);

%% Conditional dependence: almost complete
% Once x is known, z decides what y is.
given = codec(y, z, x);
fprintf('T(Y, Z | X) = %7.4f\n', given);

%% Any shape counts, and there is a direction
% CODEC sees a wave as well as a line. It is not symmetric: a wave is a function of z, but z is
% not a function of the wave.
wave = sin(6 * pi * z);
fprintf('T(wave, Z)  = %7.4f\n', codec(wave, z));
fprintf('T(Z, wave)  = %7.4f\n', codec(z, wave));

%% Options are name-value pairs
% Distances between rows depend on the units of the columns. With 'standardize' they do not.
metres = [x, z];
millimetres = [1000 * x, z];
fprintf('no scaling:   %.4f and %.4f\n', codec(y, metres), codec(y, millimetres));
fprintf('standardized: %.4f and %.4f\n', codec(y, metres, [], 'standardize', 'std'), ...
        codec(y, millimetres, [], 'standardize', 'std'));

%% Many columns at once
% CODEC_SCORES measures every column of a matrix, here given the first one.
scores = codec_scores(X, y, 1);
fprintf('T(Y, X_j | X_1):');
fprintf(' %.4f', scores);
fprintf('\n');

%% What it looks like
% y against z shows nothing. The colour is x: every colour is a pair of straight lines.
figure;
scatter(z, y, 16, x, 'filled');
xlabel('z');
ylabel('y');
title(sprintf('T(Y, Z) = %.2f, T(Y, Z | X) = %.2f', alone, given));
scale = colorbar();
ylabel(scale, 'x');
