function columns = stacked(owner, numbers, count)
%STACKED The NUMBERS of each of COUNT owners in a column, with Inf below them. OWNER is ascending.
counts = accumarray(owner(:), 1, [count, 1]);  % whole numbers
rows = max(counts);
columns = Inf(rows, count);
before = cumsum(counts) - counts;  % whole numbers
place = (1:numel(owner))' - before(owner) + (owner(:) - 1) * rows;
columns(place) = numbers;
end
