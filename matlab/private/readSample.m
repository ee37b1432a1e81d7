function [y, z, x] = readSample(y, z, x, missing)
%READSAMPLE Check y, z and x of a coefficient; an absent x becomes n x 0.
missing = readMissing(missing);
y = checkVector(unwrapTable(y), 'y', missing);
n = numel(y);
z = checkMatrix(unwrapTable(z), 'z', missing, n, 'y');
x = unwrapTable(x);
if size(x, 2) == 0 && ndims(x) == 2
  x = zeros(n, 0);
else
  x = checkMatrix(x, 'x', missing, n, 'y');
end
[y, z, x] = dropIncomplete('y', missing, y, z, x);
end
