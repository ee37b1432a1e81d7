function set = subsetColumns(set, numbers)
%SUBSETCOLUMNS Some columns of a columnSet, in the order of NUMBERS.
set = struct('columns', set.columns(:, numbers), 'weights', set.weights(numbers), ...
             'counts', set.counts(numbers), 'codes', {set.codes(numbers)});
end
