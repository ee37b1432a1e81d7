function y = ieeeExp(x)
%IEEEEXP e^x for a number x in [-708, 0] from IEEE operations alone; see ieeeLog.
%   2^k e^r with abs(r) <= ln(2)/2, and the Taylor series of e^r.
k = floor(x * 1.4426950408889634 + 0.5);
r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;  % ln 2 in two parts
series = 1;
for j = 15:-1:1
  series = 1 + r * series / j;
end
y = pow2(series, k);
end
