function [best, gains, tables] = score(tables, candidates, report)
%SCORE Place of the best candidate, the lowest among equals, and T(Y, X_j | X_S) of all, 1 x k.
%   One table is decided by its sums, which are integers when there are no ties; several by the
%   mean of their coefficients, added in order. report(scored) is called after each block of
%   candidates with their number so far. TABLES come back with the neighbour lists that were made.
[sums, tables] = gainedSums(tables, candidates, report);
gains = zeros(size(sums));
for k = 1:numel(tables)
  if isfield(tables{k}, 'parts')
    gains(k, :) = sums(k, :) / tables{k}.remaining;
  elseif isempty(tables{k}.chosen)
    gains(k, :) = coefficient(tables{k}.response, sums(k, :));
  else
    gains(k, :) = coefficient(tables{k}.response, sums(k, :), tables{k}.remaining);
  end
end
gains = leftToRightSum(gains) / numel(tables);
if numel(tables) > 1
  sums = gains;
end
[~, best] = max(sums);
end

function [sums, tables] = gainedSums(tables, candidates, report)
% The numerators of the candidates: one row per table. First those of one column, in blocks.
sums = zeros(numel(tables), numel(candidates));
sets = tables{1}.axes(candidates);
alone = find(cellfun(@numel, sets) == 1);
columns = [sets{alone}];
count = numel(columns);
block = max(1, floor(2e5 / numel(tables{1}.current)));
for first = 1:block:count
  some = first:min(first + block - 1, count);
  for k = 1:numel(tables)
    [sums(k, alone(some)), tables{k}] = sumsOf(tables{k}, columns(some), count);
  end
  report(some(end));
end
others = find(cellfun(@numel, sets) > 1);
for at = 1:numel(others)
  for k = 1:numel(tables)
    sums(k, others(at)) = sumsOf(tables{k}, sets{others(at)}, []);
  end
  report(count + at);
end
end

function [sums, table] = sumsOf(table, columns, count)
% The numerators of some of COUNT candidates of one column; with COUNT [], of the one candidate that
% has these COLUMNS. Of a response of several columns, the shares of all its tables.
if isfield(table, 'parts')
  shares = zeros(numel(table.parts), max(1, numel(columns) * ~isempty(count)));
  for k = 1:numel(table.parts)
    [own, table.parts{k}] = sumsOf(table.parts{k}, table.features + columns, count);
    shares(k, :) = shareOf(table.parts{k}.response, own, ~isempty(table.parts{k}.chosen));
  end
  sums = leftToRightSum(shares);
elseif isempty(count)
  sums = sumOverRows(jointValues(table, columns) - table.current);
else
  [values, table.base] = candidateValues(table.response.labels, table.base, ...
                                         columnSet(table.set, columns), count, table.options);
  sums = sumOverRows(values - table.current);
end
end
