function [members, distance] = listedRows(list, rows)
%LISTEDROWS The rows in a LIST of nearestLists for some ROWS (1 x q), and their distances, k x q.
%   At distance Inf where the list ends early.
if isfield(list, 'members')
  members = list.members(:, rows);
  distance = list.distance(:, rows);
  return
end
members = rows + list.shift;
beyond = [];
if min(members(1, :)) < 1 || max(members(end, :)) > numel(list.column)
  beyond = members < 1 | members > numel(list.column);
  members(beyond) = 1;
end
t = reshape(list.column(rows), 1, []) - reshape(list.column(members), size(members));
distance = t .* t;
if list.weight ~= 1
  distance = distance .* list.weight;
end
distance(beyond) = Inf;
end
