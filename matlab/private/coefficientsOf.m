function T = coefficientsOf(response, labels, withZ, without, options)
%COEFFICIENTSOF T of several labellings of the rows, 1 x B.
%   LABELS (n x B) are those of the rows; WITHZ and WITHOUT their means over neighbours in (x, z)
%   and in x, and WITHOUT is [] where there is no x.
if isempty(without)
  T = coefficient(response, sumOverRows(withZ));
else
  own = gainOf(labels, labels, options.classes);
  T = coefficient(response, sumOverRows(withZ - without), sumOverRows(own - without));
end
end
