function words = tieWords(rows, ids, step, block, seed)
%TIEWORDS The random words of block BLOCK (from 0) by which each row chooses among ties, q x 4.
%   IDS is the number of each row's column, or one for all.
number = constants();
counter = [rows - 1, ids + zeros(size(rows)), ...
           repmat([step, number.TIES + block * 2^16], numel(rows), 1)];
words = philox4x32(counter, seed);
end
