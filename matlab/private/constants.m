function number = constants()
%CONSTANTS Numbers that both languages share, by their names in Python.
% What a stream of random numbers is for: the fourth counter word.
number.TIES = 1;
number.RESPONSE = 2;
number.FEATURES = 3;
number.CONDITION = 4;
number.PERMUTATION = 5;
number.SUBSAMPLE = 6;
% What data and options may be.
number.MIN_ROWS = 3;
number.MAX_ROWS = 2^21 - 1;  % sums of n^3 stay below 2^63
number.MOST_NEIGHBORS = 2^10;  % so that all sums over them are whole numbers below 2^53
number.AUTO = 0;  % stands for 'auto' until rows are counted
number.ROWS_PER_NEIGHBOR = 15;  % of 'auto'
number.MOST_OF_AUTO = 20;
number.MAX_SEED = 2^53 - 1;  % the largest whole number that doubles count exactly
number.LEAST_MEMORY = 2^20;
number.MOST_CATEGORIES = 1024;  % of a column: its indicators are as many columns
number.FEW = 10;  % whole numbers that may be codes of classes
number.LEAST_SUBSAMPLE = 10;  % rows
% Statistics of permutations that are this close count as equal.
number.ROUNDING = 1e-12;
number.MANY = 50;  % different rows of z from which moments are the default of a test without x
% A conditional test warns of its exchanges where y and z both lose more than POOR of the rank
% correlation of near rows in the first exchanges, LOOKED_AT of them; the scale of ranks keeps sums
% of their products exact.
number.POOR = 0.07;
number.LARGE = 1000;  % rows; with more, a smaller loss shifts T by as many standard errors
number.LOOKED_AT = 20;
number.SCALE = 1024;
end
