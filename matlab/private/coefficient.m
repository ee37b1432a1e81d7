function T = coefficient(response, gained, remaining)
%COEFFICIENT T(Y, Z), or with REMAINING T(Y, Z | X), from sums over the rows; NaN where it is 0/0.
%   With M(i) the row nearest to row i in (x, z), and N(i) the one nearest in x,
%     T(Y, Z)      GAINED is sum min(R_i, R_M(i)), without x
%     T(Y, Z | X)  GAINED is sum min(R_i, R_M(i)) - min(R_i, R_N(i)), of at most
%                  REMAINING, sum R_i - min(R_i, R_N(i)): 0 where x determines y
%   Of classes, a pair of rows has 1 where they are equal, else 0, in place of the smaller rank.
%   Azadkia & Chatterjee (2021), equations 2.4 and 2.5 of arXiv:1910.12327.
if nargin < 3
  gained = response.factor * gained - response.sumSquare;
  remaining = response.sumSpread;
end
remaining(remaining == 0) = NaN;
T = gained ./ remaining;
end
