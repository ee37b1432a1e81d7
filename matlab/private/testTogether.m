function [statistic, pvalue, used, z] = testTogether(y, x, xWeights, tested, weights, options, name)
%TESTTOGETHER Test several sets of columns for one response, each by itself: T and p, 1 x m.
%   TESTED (1 x m cells) are the sets, WEIGHTS (cells) those of their columns in the distance, and
%   XWEIGHTS those of x; users know the sets as NAME. USED is the number of resamples that each test
%   took, Z how many standard deviations T is above its mean, NaN where the method knows none.
%   options.method is the method.
m = numel(tested);
n = numel(y);
response = responseOf(y, options);
statistic = NaN(1, m);
pvalue = NaN(1, m);
used = zeros(1, m);
z = NaN(1, m);
if response.sumSpread == 0
  warn('lcodec:constantResponse');
  return
end
if strcmp(options.method, 'asymptotic')
  % n Var T under independence, continuous Y and Z in one dimension: 2/5 + (2/5) q + (4/5) o,
  % q = 2/3 the chance that a nearest neighbour is mutual, o = 1/2 the mean number of other rows
  % with the same nearest neighbour (Shi, Drton & Han)
  for k = 1:m
    statistic(k) = coefficientOf(response, tested{k}, x, weights{k}, options);
    z(k) = statistic(k) / sqrt(16 / 15 / n);
    pvalue(k) = upperTail(z(k));
  end
  return
end
if strcmp(options.method, 'moments')
  for k = 1:m
    statistic(k) = coefficientOf(response, tested{k}, x, weights{k}, options);
    [z(k), pvalue(k)] = momentTest(statistic(k), response, tested{k}, weights{k}, options);
  end
  return
end
labels = response.labels;
withoutZ = [];
without = [];
near = [];
if size(x, 2) > 0
  withoutZ = tieSets(x, xWeights, options);
  without = withoutZ.means(labels);
  if sumOverRows(gainOf(labels, labels, options.classes) - without) == 0
    warn('lcodec:determinedResponse', 'x');
    return
  end
  near = nearestRows(x, xWeights, min(options.shuffle_neighbors, n - 1));
end
sets = cell(1, m);
for k = 1:m
  sets{k} = tieSets([x, tested{k}], [xWeights, weights{k}], options);
  statistic(k) = coefficientsOf(response, labels, sets{k}.means(labels), without, options);
end
if ~isempty(near)
  warnOfPoorExchange(response, [tested{:}], near, options, name);
end
[pvalue, used] = resampledValues(statistic, response, sets, withoutZ, near, options);
end
