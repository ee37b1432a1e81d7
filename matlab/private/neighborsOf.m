function neighbors = neighborsOf(neighbors, rows, what)
%NEIGHBORSOF The option NEIGHBORS for so many ROWS, of the sample or of WHAT; too many are refused.
if nargin < 3
  what = '';
end
number = constants();
if neighbors == number.AUTO
  neighbors = min(ceil(rows / number.ROWS_PER_NEIGHBOR), number.MOST_OF_AUTO);
elseif neighbors >= rows
  fail('lcodec:optionRange', ...
       '`n_neighbors` must be less than the number of rows%s, %d, got %d', what, rows, neighbors);
end
end
