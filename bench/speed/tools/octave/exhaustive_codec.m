function T = exhaustive_codec(y, z, x)
%EXHAUSTIVE_CODEC codec(y, z, x) by comparing all pairs of rows.
n = numel(y);
[~, ~, group] = unique(y);
counts = accumarray(group, 1);
upTo = cumsum(counts);
labels = upTo(group);
columns = [x, z];
withZ = sequential_sum(exhaustive_values(labels, columns(:, 1:end - 1), columns(:, end)));
if isempty(x)
  atLeast = n - labels + counts(group);
  T = (n * withZ - sum(atLeast .* atLeast)) / sum(atLeast .* (n - atLeast));
else
  values = exhaustive_values(labels, x(:, 1:end - 1), x(:, end));
  T = (withZ - sequential_sum(values)) / sequential_sum(labels - values);
end
end

function total = sequential_sum(values)
partial = cumsum(values);
total = partial(end);
end
