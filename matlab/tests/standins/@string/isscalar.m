function answer = isscalar(value)
%ISSCALAR Whether there is one string.
answer = numel(value.texts) == 1;
end
