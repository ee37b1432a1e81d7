function [best, gains, bases] = scoreColumns(tables, candidates, report)
%SCORECOLUMNS Place of the best candidate, the lowest among equals, and T of all, 1 x k.
%   One table is decided by its sums, which are integers when there are no ties; several by the
%   mean of their coefficients, added in order. report(scored) is called after each block of
%   candidates with their number so far. BASES, one per table, serve chooseColumn.
[sums, bases] = sumMinima(tables, candidates, report);
all_ = zeros(size(sums));
for k = 1:numel(tables)
  if isempty(tables{k}.chosen)
    all_(k, :) = unconditional(sums(k, :), tables{k}.response);
  else
    all_(k, :) = sums(k, :) / tables{k}.remaining;
  end
end
gains = inOrderSum(all_) / numel(tables);
if numel(tables) > 1
  sums = gains;
end
[~, best] = max(sums);
end

function [sums, bases] = sumMinima(tables, candidates, report)
% The numerators of the candidates: one row per table.
count = numel(candidates);
sums = zeros(numel(tables), count);
bases = cellfun(@conditionTable, tables, 'UniformOutput', false);
block = max(1, floor(2e5 / numel(tables{1}.current)));
for first = 1:block:count
  some = first:min(first + block - 1, count);
  for k = 1:numel(tables)
    [values, bases{k}] = tableValues(tables{k}, bases{k}, candidates(some), count);
    sums(k, some) = inOrderSum(values - tables{k}.current);
  end
  report(some(end));
end
end
