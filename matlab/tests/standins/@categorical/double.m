function codes = double(value)
%DOUBLE The numbers of the categories, in their order; NaN where there is none.
absent = cellfun(@isempty, value.texts);
[~, ~, codes] = unique(value.texts(:));
codes = reshape(codes, size(value.texts));
codes(absent) = NaN;
end
