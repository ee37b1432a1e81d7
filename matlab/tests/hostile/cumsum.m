function partial = cumsum(values, varargin)
%CUMSUM Partial sums of floating-point numbers, each added in pairs, an order MATLAB may take too.
%   Whole numbers below 2^53 add to the same bits in every order; others do not.
if ~isfloat(values)
  partial = builtin('cumsum', values, varargin{:});
  return
end
[partial, back] = alongRows(values, varargin{:});
shift = 1;
while shift < size(partial, 1)
  partial(shift + 1:end, :) = partial(shift + 1:end, :) + partial(1:end - shift, :);
  shift = 2 * shift;
end
partial = back(partial);
end
