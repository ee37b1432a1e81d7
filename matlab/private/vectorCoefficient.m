function T = vectorCoefficient(y, z, x, options)
%VECTORCOEFFICIENT T(Y, Z | X), or T(Y, Z) without columns in x, of y with several columns.
%   The coefficients of the columns of y, each given those before it (Ansari and Fuchs,
%   arXiv:2212.01621); see lcodec/dependence/vectors.py, which has the same bits.
q = size(y, 2);
p = size(x, 2);
before = y(:, 1:q - 1);  % the last one is in no distance
weights = columnWeights(options.standardize, 'y', before, 'x', x, 'z', z);
T = NaN;
constant = find(max(y, [], 1) == min(y, [], 1));
if ~isempty(constant)
  warn('lcodec:constantResponse', constant);
  return
end
gained = zeros(q, 1);
left = ones(q, 1);
for k = 1:q
  response = responseOf(y(:, k));
  labels = response.labels;
  ofBase = weights([1:k - 1, q:q - 1 + p]);
  base = [before(:, 1:k - 1), x];
  withZ = nearestValues(labels, [base, z], [ofBase, weights(q + p:end)], 1, options);
  if isempty(base)
    gained(k) = shareOf(response, sumOverRows(withZ), false);
  else
    without = nearestValues(labels, base, ofBase, 0, options);
    gained(k) = shareOf(response, sumOverRows(withZ - without), true);
    left(k) = shareOf(response, sumOverRows(labels - without), true);
  end
end
total = leftToRightSum(left);
if total == 0
  warn('lcodec:determinedResponse', 'x');
  return
end
T = leftToRightSum(gained) / total;
end
