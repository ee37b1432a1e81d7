function is = ismissing(value)
%ISMISSING Which strings are missing: here, those that the stand-in holds as numbers.
is = cellfun(@isnumeric, value.texts);
end
