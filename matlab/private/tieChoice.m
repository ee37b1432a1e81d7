function element = tieChoice(count, rows, id, step, seed)
%TIECHOICE A random element, from 0, of each row's tie set of COUNT rows; see philox4x32.
words = philox4x32([rows - 1, repmat([id, step, 1], numel(rows), 1)], splitSeed(seed));
element = floor(words(:, 1) .* count / 2^32);
end
