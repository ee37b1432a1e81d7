function element = tieChoice(count, rows, ids, step, seed)
%TIECHOICE A random element, from 0, of each row's tie set of COUNT rows; see philox4x32.
%   IDS is the column number of each row, or one for all.
counter = [rows - 1, ids + zeros(size(rows)), repmat([step, 1], numel(rows), 1)];
words = philox4x32(counter, splitSeed(seed));
element = floor(words(:, 1) .* count / 2^32);
end
