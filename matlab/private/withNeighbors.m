function options = withNeighbors(options)
%WITHNEIGHBORS Options of a search: one neighbour and labels that are ranks, where they say nothing.
if ~isfield(options, 'n_neighbors')
  options.n_neighbors = 1;
end
if ~isfield(options, 'classes')
  options.classes = false;
end
end
