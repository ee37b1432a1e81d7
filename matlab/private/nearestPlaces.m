function [reach, place] = nearestPlaces(distance, K)
%NEARESTPLACES The K-th smallest of each column, 1 x q, and the places of all that do not exceed it.
%   For K > 1 a long column is cut into groups. The K-th smallest of their minima is a bound, within
%   which there are few more than K.
[c, q] = size(distance);
size_ = floor(c / (2 * K));
if K == 1 || size_ < 4
  reach = kthSmallest(distance, K);
  place = find(distance <= reach);
  return
end
count = floor(c / size_);
minima = min(reshape(distance(1:size_ * count, :), size_, count * q), [], 1);
place = find(distance <= kthSmallest(reshape(minima, count, q), K));
owner = ceil(place / c);
near = distance(place);
reach = kthSmallest(stacked(owner, near, q), K);
place = place(near <= reshape(reach(owner), size(near)));
end
