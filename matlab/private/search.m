function [selected, scores, cumulative, reason, pvalues] = search(tables, candidates, options)
%SEARCH Add the best candidate until there is a reason to end.
%   options.stop is true: a small gain ends the search; false: it does not; or 'test': a test of one
%   table does, and a small gain only where options.min_gain is not 0.
testing = ischar(options.stop);
bounded = testing && options.min_gain > 0 || ~testing && options.stop;
selected = zeros(1, 0);
scores = zeros(1, 0);
cumulative = zeros(1, 0);
pvalues = zeros(1, 0);
while true
  reason = reasonToEnd(tables, candidates, selected, options.max_features);
  if ~isempty(reason)
    return
  end
  report = @(scored) options.progress(numel(selected) + 1, scored, numel(candidates));
  [best, gains, tables] = score(tables, candidates, report);
  if bounded && gains(best) <= options.min_gain
    reason = 'no_gain';
    return
  end
  if testing
    pvalues(end + 1) = bestOfAll(tables{1}, candidates, gains(best), options);  %#ok<AGROW>
    if pvalues(end) > options.level
      reason = 'not_significant';
      return
    end
  end
  selected(end + 1) = candidates(best);  %#ok<AGROW>
  scores(end + 1) = gains(best);  %#ok<AGROW>
  reached = zeros(numel(tables), 1);
  for k = 1:numel(tables)
    tables{k} = chooseColumn(tables{k}, tables{k}.axes{candidates(best)});
    reached(k) = reachedBy(tables{k});
  end
  cumulative(end + 1) = leftToRightSum(reached) / numel(tables);  %#ok<AGROW>
  candidates(best) = [];
end
end

function T = reachedBy(table)
% T(Y, X_S) with the columns S chosen so far.
if ~isfield(table, 'parts')
  T = coefficient(table.response, sumOverRows(table.current));
  return
end
shares = zeros(numel(table.parts), 1);
for k = 1:numel(table.parts)
  part = table.parts{k};
  shares(k) = shareOf(part.response, sumOverRows(part.current) - table.start(k), k > 1);
end
T = leftToRightSum(shares) / table.all;
end

function reason = reasonToEnd(tables, candidates, selected, limit)
reason = '';
if any(cellfun(@(table) table.remaining == 0, tables))
  reason = 'determined';
elseif isempty(candidates)
  reason = 'exhausted';
elseif numel(selected) == limit
  reason = 'max_features';
end
end
