function [selected, scores, info] = selectColumns(tables, X, given, names, options)
%SELECTCOLUMNS The selection behind FOCI and LFOCI, among the columns that vary and are not given.
%   TABLES differ by their noise; X holds the columns without it.
constant = max(X, [], 1) == min(X, [], 1);
free = true(size(constant));
free(given) = false;
skipped = find(constant & free);
warnConstantColumns(skipped, 'X', names);
if tables{1}.response.sumSpread == 0
  warnConstantResponse();
end
for k = 1:numel(tables)
  tables{k} = startWith(tables{k}, given);
end
candidates = find(~constant & free);
[selected, scores, cumulative, reason] = searchColumns(tables, candidates, options);
if ~isempty(names)
  names = names(selected);
end
info = struct('cumulative', cumulative, 'stop_reason', reason, 'skipped', skipped, ...
              'names', {names});
end
