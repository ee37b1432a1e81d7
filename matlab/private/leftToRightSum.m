function [total, partial] = leftToRightSum(columns)
%LEFTTORIGHTSUM Sum of each column in the order of its rows, and the partial sums on the way.
%   MathWorks promises no order in which sum and cumsum add: what is not a whole number is added
%   here, in a plain loop. Octave's own cumsum adds in order, and its loops are slow.
if exist('OCTAVE_VERSION', 'builtin') && exist('cumsum') == 5
  partial = cumsum(columns, 1);
  total = partial(end, :);
  return
end
rows = columns.';
total = rows(:, 1);
partial = rows;
for k = 2:size(rows, 2)
  total = total + rows(:, k);
  partial(:, k) = total;
end
total = total.';
partial = partial.';
end
