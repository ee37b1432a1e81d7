function [values, order] = smallest(distance, count)
%SMALLEST The COUNT smallest of each column, ascending, and their places.
if count > 100
  [values, order] = sort(distance, 1);
  values = values(1:count, :);
  order = order(1:count, :);
  return
end
[n, q] = size(distance);
values = zeros(count, q);
order = zeros(count, q);
for k = 1:count
  [values(k, :), order(k, :)] = min(distance, [], 1);
  if k < count
    distance(order(k, :) + (0:q - 1) * n) = Inf;
  end
end
end
