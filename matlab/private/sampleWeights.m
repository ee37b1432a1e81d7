function [zWeights, xWeights] = sampleWeights(z, x, standardize)
%SAMPLEWEIGHTS Weights of the columns of z and x, which stand in one distance, x first.
[xWeights, reach] = columnWeights(x, standardize, 'x', 0);
zWeights = columnWeights(z, standardize, 'z', reach);
end
