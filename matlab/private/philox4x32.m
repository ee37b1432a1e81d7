function words = philox4x32(counter, key)
%PHILOX4X32 Philox4x32-10, a counter-based generator of random words.
%   words = philox4x32(counter, key): each row of COUNTER (m x 4, whole numbers below 2^32) gives
%   a row of WORDS (m x 4). The last counter is what the numbers are for; see constants. KEY is a
%   seed in [0, 2^53), or its low and its high 32 bits, 1 x 2.
%   Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
if isscalar(key)
  key = [mod(key, 2^32), floor(key / 2^32)];
end
c = counter;
for round = 1:10
  [high0, low0] = multiply(c(:, 1), 3528531795);  % D2511F53
  [high1, low1] = multiply(c(:, 3), 3449720151);  % CD9E8D57
  c = [bitxor(bitxor(high1, c(:, 2)), key(1)), low1, ...
       bitxor(bitxor(high0, c(:, 4)), key(2)), low0];
  key = mod(key + [2654435769, 3144134277], 2^32);  % 9E3779B9, BB67AE85
end
words = c;
end

function [high, low] = multiply(word, factor)
% The 64-bit product of 32-bit words, from 16-bit halves: every step is exact in doubles.
upper = floor(word / 2^16);
top = factor * upper;
rest = mod(top, 2^16) * 2^16 + factor * (word - upper * 2^16);
low = mod(rest, 2^32);
high = floor(top / 2^16) + floor(rest / 2^32);
end
