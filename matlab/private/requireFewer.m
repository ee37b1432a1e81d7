function requireFewer(neighbors, rows)
%REQUIREFEWER Refuse more NEIGHBORS than there are other ROWS.
if neighbors >= rows
  fail('lcodec:optionRange', ...
       '`n_neighbors` must be less than the number of rows, %d, got %d', rows, neighbors);
end
end
