function element = randomElement(count, rows, ids, step, seed)
%RANDOMELEMENT A random element, from 0, of each row's tie set of COUNT rows.
%   IDS is the number of each row's column, or one for all.
words = tieWords(rows, ids, step, 0, seed);
element = floor(words(:, 1) .* count / 2^32);
end
