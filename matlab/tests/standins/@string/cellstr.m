function texts = cellstr(value)
%CELLSTR The texts as a cell; no text for what is missing.
texts = value.texts;
texts(cellfun(@isnumeric, texts)) = {''};
end
