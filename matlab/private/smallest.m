function [values, order] = smallest(distance, count)
%SMALLEST The COUNT smallest of each column, ascending, and their places: of equal ones the first.
[n, q] = size(distance);
reach = kthSmallest(distance, count);
within = distance <= reach;
place = find(within);
if numel(place) > count * q
  tied = distance == reach;
  room = count - sum(within, 1) + sum(tied, 1);  % whole numbers
  place = find(within & ~(tied & cumsum(tied, 1) > room));  % whole numbers
end
place = reshape(place, count, q);
[values, order] = sort(reshape(distance(place), count, q), 1);
order = place(order + (0:q - 1) * count) - (0:q - 1) * n;
end
