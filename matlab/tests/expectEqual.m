function expectEqual(actual, expected, tolerance)
%EXPECTEQUAL Fail unless sizes and values agree, bit by bit or to an absolute tolerance.
if nargin < 3
  tolerance = 0;
end
same = isequal(size(actual), size(expected));
if same && ischar(expected)
  same = strcmp(actual, expected);
elseif same
  gap = abs(actual - expected);
  same = all(gap(:) <= tolerance | (isnan(actual(:)) & isnan(expected(:))));
end
if ~same
  error('lcodec:testFailed', 'expected %s, got %s', show(expected), show(actual));
end
end

function text = show(value)
if ischar(value)
  text = value;
else
  text = mat2str(value, 17);
end
end
