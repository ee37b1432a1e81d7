function values = nearestValues(labels, columns, weights, step, options)
%NEARESTVALUES Mean gain of each row i over its K nearest other rows m, n x 1.
%   For one set of COLUMNS; see candidateValues.
if ~isfield(options, 'memory_limit')
  options.memory_limit = Inf;
end
base = conditionOn(columnSet(columns(:, 1:end - 1), weights(1:end - 1)), step, options);
values = candidateValues(labels, base, columnSet(columns(:, end), weights(end)), 1, options);
end
