function requireFewer(neighbors, rows, what)
%REQUIREFEWER Refuse more NEIGHBORS than there are other ROWS, of the sample or of WHAT.
if nargin < 3
  what = '';
end
if neighbors >= rows
  fail('lcodec:optionRange', ...
       '`n_neighbors` must be less than the number of rows%s, %d, got %d', what, rows, neighbors);
end
end
