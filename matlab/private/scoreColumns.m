function [best, gains] = scoreColumns(tables, candidates)
%SCORECOLUMNS Place of the best candidate, the lowest among equals, and T of all, 1 x k.
%   One table is decided by its sums, which are integers when there are no ties; several by the
%   mean of their coefficients, added in order.
all_ = zeros(numel(tables), numel(candidates));
for k = 1:numel(tables)
  table = tables{k};
  sums = inOrderSum(tableValues(table, candidates) - table.current);
  if isempty(table.chosen)
    all_(k, :) = unconditional(sums, table.response);
  else
    all_(k, :) = sums / table.remaining;
  end
end
gains = inOrderSum(all_) / numel(tables);
if numel(tables) > 1
  sums = gains;
end
[~, best] = max(sums);
end
