function answer = isstring(value)
%ISSTRING Whether a value is a string array, here one of the stand-in.
answer = isa(value, 'string');
end
