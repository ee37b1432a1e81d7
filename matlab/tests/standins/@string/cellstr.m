function texts = cellstr(value)
%CELLSTR The texts as a cell.
texts = value.texts;
end
