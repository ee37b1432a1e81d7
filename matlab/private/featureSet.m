function set = featureSet(X, options)
%FEATURESET The columns of X with the weights of options.standardize; see columnSet.
set = columnSet(X, columnWeights(X, options.standardize, 'X', 0));
end
