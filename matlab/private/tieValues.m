function values = tieValues(labels, chosen, chosenWeights, candidates, weights, ids, step, options)
%TIEVALUES min(labels(i), labels(m)) over the nearest other rows m of each row i.
%   values = tieValues(labels, chosen, chosenWeights, candidates, weights, ids, step, options)
%   is n x p: column j belongs to the neighbours in the columns [chosen, candidates(:, j)]; see
%   candidateValues.
if ~isfield(options, 'memory_limit')
  options.memory_limit = Inf;
end
base = conditionOn(columnSet(chosen, chosenWeights), step);
values = candidateValues(labels, base, columnSet(candidates, weights), ids, size(candidates, 2), ...
                         options);
end
