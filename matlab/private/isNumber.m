function answer = isNumber(value)
%ISNUMBER Whether VALUE is a real numeric scalar; logicals are not numbers.
answer = isnumeric(value) && isscalar(value) && isreal(value);
end
