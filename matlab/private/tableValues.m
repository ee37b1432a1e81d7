function [values, base] = tableValues(table, base, numbers, expected)
%TABLEVALUES min(R_i, R_M(i)) with M nearest in the chosen columns and one of NUMBERS, n x k.
%   BASE is conditionOn of the chosen columns; see candidateValues for EXPECTED.
[values, base] = candidateValues(table.response.atMost, base, ...
                                 subsetColumns(table.set, numbers), numbers - 1, expected, ...
                                 table.options);
end
