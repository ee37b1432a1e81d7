function y = ieeeLog(x)
%IEEELOG Natural logarithm of positive normal numbers, elementwise, from IEEE operations alone.
%   2 atanh((m-1)/(m+1)) + e ln 2 with x = m 2^e: every C library rounds its own log differently,
%   this one gives the same bits in every language.
[m, e] = log2(x);
small = m < 0.7071067811865476;
m(small) = m(small) + m(small);
e(small) = e(small) - 1;
s = (m - 1) ./ (m + 1);
z = s .* s;
series = zeros(size(x));
for k = 25:-2:3
  series = series .* z + 1 / k;
end
tail = s .* (z .* series);
% ln 2 to 33 bits, so that its product with an exponent is exact, and the rest of it
y = e * 0.6931471803691238 + ((s + s) + ((tail + tail) + e * 1.9082149292705877e-10));
end
