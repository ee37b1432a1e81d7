function [selected, scores, info] = selectColumns(tables, X, given, names, candidates, options)
%SELECTCOLUMNS The selection behind FOCI and LFOCI, among what varies and is not given.
%   TABLES differ by their noise; X holds the columns without it, which have NAMES ({} where there
%   are none); for CANDIDATES see candidatesOf.
constant = max(X, [], 1) == min(X, [], 1);
isGiven = false(size(constant));
isGiven(given) = true;
free = cellfun(@(some) ~all(isGiven(some)), candidates.axes);
fixed = cellfun(@(some) all(constant(some)), candidates.axes);
skipped = find(fixed & free);
if ~isempty(skipped)
  named = [candidates.axes{skipped}];
  [~, first] = unique(candidates.own(named), 'first');
  warn('lcodec:constantColumn', named(sort(first)), 'X', names);
end
if tables{1}.isConstant
  warn('lcodec:constantResponse', tables{1}.constant);
end
[selected, scores, cumulative, reason, pvalues] = search(tables, find(~fixed & free), options);
alone = candidates.axes(selected);
copied = copies(X, given(~candidates.indicator(given)), [alone{cellfun(@numel, alone) == 1}]);
if ~isempty(copied)
  warn('lcodec:copiedColumn', copied, 'X', names);
end
names = candidates.names;
if ~isempty(names)
  names = names(selected);
end
info = struct('cumulative', cumulative, 'stop_reason', reason, ...
              'skipped', candidates.numbers(skipped), 'names', {names}, ...
              'columns', {candidates.columns(selected)}, 'pvalues', pvalues);
selected = candidates.numbers(selected);
end
