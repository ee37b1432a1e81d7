function T = coefficientOf(response, z, x, weights, options, quiet)
%COEFFICIENTOF T(Y, Z | X) of checked data, or T(Y, Z) without columns in x.
%   WEIGHTS are those of [x, z]. A warning says why T is NaN, unless QUIET (default false).
if nargin < 6
  quiet = false;
end
if response.sumSpread == 0
  if ~quiet
    warn('lcodec:constantResponse');
  end
  T = NaN;
  return
end
labels = response.labels;
withZ = nearestValues(labels, [x, z], weights, 1, options);
if size(x, 2) == 0
  T = coefficient(response, sumOverRows(withZ));
  return
end
withoutZ = nearestValues(labels, x, weights(1:size(x, 2)), 0, options);
own = gainOf(labels, labels, options.classes);
T = coefficient(response, sumOverRows(withZ - withoutZ), sumOverRows(own - withoutZ));
if isnan(T) && ~quiet
  warn('lcodec:determinedResponse', 'x');
end
end
