function answer = isempty(value)
%ISEMPTY Whether there are no strings.
answer = isempty(value.texts);
end
