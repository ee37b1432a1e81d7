function [selected, scores, info] = selectColumns(tables, X, given, names, places, options)
%SELECTCOLUMNS The selection behind FOCI and LFOCI, among the columns that vary and are not given.
%   TABLES differ by their noise; X holds the columns without it, which have NAMES ({} where there
%   are none) and PLACES in the user's table.
constant = max(X, [], 1) == min(X, [], 1);
free = true(size(constant));
free(given) = false;
skipped = find(constant & free);
if ~isempty(skipped)
  warn('lcodec:constantColumn', skipped, 'X', names);
end
if tables{1}.isConstant
  warn('lcodec:constantResponse', tables{1}.constant);
end
[selected, scores, cumulative, reason] = search(tables, find(~constant & free), options);
copied = copies(X, given, selected);
if ~isempty(copied)
  warn('lcodec:copiedColumn', copied, 'X', names);
end
if ~isempty(names)
  names = names(selected);
end
selected = places(selected);
info = struct('cumulative', cumulative, 'stop_reason', reason, 'skipped', places(skipped), ...
              'names', {names});
end
