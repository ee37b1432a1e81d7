function answer = isText(value)
%ISTEXT Whether a value is one text: a row of characters, or a string scalar.
answer = (ischar(value) && size(value, 1) == 1 && ndims(value) == 2) || ...
         (isstring(value) && isscalar(value));
end
