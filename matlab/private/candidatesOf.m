function candidates = candidatesOf(groups, places, names, own, count)
%CANDIDATESOF What a search chooses among: groups of columns of X, then the columns in no group.
%   PLACES (1 x p) are the columns of X that are no response, and NAMES, or {}, theirs. OWN (1 x q)
%   says which of them each axis of the distance belongs to; X has COUNT columns. GROUPS is what
%   columnGroups returns.
%     candidates.axes      1 x c   cell: the axes of each candidate, ascending
%     candidates.columns   1 x c   cell: its columns of X, ascending
%     candidates.numbers   1 x c   what users call it: a column of X, or its place among candidates
%                                  where there are groups
%     candidates.names     1 x c   cell, or {}
%     candidates.ids       1 x q   the number of each axis for random ties, from 0: of the first
%                                  axis of each candidate, that of the candidate
%     candidates.count     1 x 1   of such numbers
%     candidates.own       1 x q   OWN
%     candidates.indicator   1 x q   whether an axis is one of several of its column
others = setdiff(places, [groups.columns{:}]);
columns = [groups.columns, num2cell(others)];
starts = zeros(1, max(own));
stops = starts;
starts(fliplr(own)) = numel(own):-1:1;
stops(own) = 1:numel(own);
axes_ = cellfun(@(some) axesOf(some, starts, stops), columns, 'UniformOutput', false);
numbers = places;
if ~isempty(groups.columns)
  numbers = 1:numel(columns);
  count = numel(columns);
end
first = cellfun(@(some) some(1), axes_);
rest = cellfun(@(some) some(2:end), axes_, 'UniformOutput', false);
ids = zeros(1, numel(own));
ids([first, rest{:}]) = 0:numel(own) - 1;
if ~isempty(names)
  named = cell(1, max(places));
  named(places) = names;
  names = [cellfun(@(some) strjoin(named(some), '+'), groups.columns, 'UniformOutput', false), ...
           named(others)];
end
if ~isempty(groups.labels)
  names = groups.labels;  % every column has one
end
candidates = struct('axes', {axes_}, 'columns', {columns}, 'numbers', numbers, ...
                    'names', {names}, 'ids', ids, 'count', count, 'own', own, ...
                    'indicator', starts(own) < stops(own));
end

function numbers = axesOf(columns, starts, stops)
% The axes of some columns of X, ascending.
if isscalar(columns)
  numbers = starts(columns):stops(columns);
else
  numbers = arrayfun(@(k) starts(k):stops(k), columns, 'UniformOutput', false);
  numbers = [numbers{:}];
end
end
