function values = pseudo(rows, columns, seed)
%PSEUDO Uniform numbers in (0, 1), rows x columns, the same on every machine.
counter = [(1:rows * columns)', repmat([0, 0, 9], rows * columns, 1)];
values = philox4x32(counter, seed) + 0.5;
values = reshape(values(:, 1) / 2^32, rows, columns);
end
