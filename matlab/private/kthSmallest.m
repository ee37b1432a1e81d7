function values = kthSmallest(distance, K)
%KTHSMALLEST The K-th smallest of each column, 1 x q.
persistent octave
if isempty(octave)
  octave = exist('OCTAVE_VERSION', 'builtin') > 0;
end
if K == 1
  values = min(distance, [], 1);
elseif octave
  values = nth_element(distance, K, 1);  % a third of the time of the others, and Octave's own
elseif K > 100
  values = sort(distance, 1);
  values = values(K, :);
else
  [n, q] = size(distance);
  for k = 1:K
    [values, at] = min(distance, [], 1);
    distance(at + (0:q - 1) * n) = Inf;
  end
end
end
