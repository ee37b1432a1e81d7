function base = conditionOn(chosen, step, options)
%CONDITIONON What all candidates share that are searched together with the columns CHOSEN.
%   base.columns, base.weights   the chosen columns, n x s, which come first in every distance
%   base.step      number of the step, for random ties
%   base.group     n x 1   number of the row's group of rows that are equal in the chosen columns
%   base.groups    1 x 1   how many groups; 0 where distance 0 does not mean equal rows
%   base.outside   n x 1   distance to the nearest row of another group; see candidateValues
%   base.lists     neighbour lists, see nearestLists; [] until they are worth their making
%   base.order     n x 1   their row k is row ORDER(k)
%   base.prunes    whether leafValues may be worth trying
%   base.tile      how many numbers one temporary array holds: larger ones are slower, and smaller
n = size(chosen.columns, 1);
group = ones(n, 1);
groups = 1;
if any(chosen.counts == 0)
  groups = 0;
elseif any(chosen.counts == n)
  group = (1:n)';
  groups = n;
else
  for k = 1:numel(chosen.counts)
    [~, ~, group] = unique((group - 1) * chosen.counts(k) + chosen.codes{k});
    group = group(:);
    groups = max(group);
  end
end
base = struct('columns', chosen.columns, 'weights', chosen.weights, 'step', step, ...
              'group', group, 'groups', groups, 'outside', [], 'lists', [], ...
              'order', (1:n)', 'prunes', true, ...
              'tile', min(2e5, floor(options.memory_limit / 64)));
end
