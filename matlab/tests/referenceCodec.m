function T = referenceCodec(y, z, x)
%REFERENCECODEC T(Y, Z | X) straight from its definition: loops over all pairs of rows.
%   Shares no code with CODEC; ties between neighbours are averaged, nothing is scaled.
n = numel(y);
R = zeros(n, 1);
L = zeros(n, 1);
for i = 1:n
  for j = 1:n
    R(i) = R(i) + (y(j) <= y(i));
    L(i) = L(i) + (y(j) >= y(i));
  end
end
withZ = nearestMinimum([x, z], R);
if isempty(x)
  T = sum(n * withZ - L.^2) / sum(L .* (n - L));
else
  withoutZ = nearestMinimum(x, R);
  T = sum(withZ - withoutZ) / sum(R - withoutZ);
end
end

function value = nearestMinimum(columns, R)
n = numel(R);
value = zeros(n, 1);
for i = 1:n
  best = Inf;
  ranks = [];
  for m = [1:i - 1, i + 1:n]
    d = 0;
    for k = 1:size(columns, 2)
      t = columns(i, k) - columns(m, k);
      d = d + t * t;
    end
    if d < best
      best = d;
      ranks = [];
    end
    if d == best
      ranks(end + 1) = min(R(i), R(m)); %#ok<AGROW>
    end
  end
  value(i) = sum(ranks) / numel(ranks);
end
end
