function T = coefficient(response, z, x, zWeights, xWeights, options)
%COEFFICIENT T(Y, Z | X), or T(Y, Z) without columns in x.
if response.sumSpread == 0
  warnConstantResponse();
  T = NaN;
  return
end
% min(R_i, R_M(i)) with M(i) nearest in (x, z), and min(R_i, R_N(i)) with N(i) nearest in x
withZ = neighbourRanks([x, z], [xWeights, zWeights], 1, response, options);
if size(x, 2) == 0
  T = unconditional(inOrderSum(withZ), response);
  return
end
withoutZ = neighbourRanks(x, xWeights, 0, response, options);
remaining = inOrderSum(response.atMost - withoutZ);
if remaining == 0
  warnDeterminedResponse('x');
  T = NaN;
  return
end
T = inOrderSum(withZ - withoutZ) / remaining;
end

function values = neighbourRanks(columns, weights, step, response, options)
values = tieValues(response.atMost, columns(:, 1:end - 1), weights(1:end - 1), ...
                   columns(:, end), weights(end), 0, step, options);
end
