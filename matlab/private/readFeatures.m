function [X, y, given, names] = readFeatures(X, y, given, missing)
%READFEATURES Check X, y and the given columns of a selection.
missing = readMissing(missing);
[X, names] = unwrapTable(X);
X = checkMatrix(X, 'X', missing);
y = checkVector(unwrapTable(y), 'y', missing, size(X, 1), 'X');
[X, y] = dropIncomplete('X', missing, X, y);
given = readColumns(given, 'given', size(X, 2), names);
end
