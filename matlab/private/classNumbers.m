function y = classNumbers(y, options)
%CLASSNUMBERS Numbers, from 1, of the classes that text or categories name in a response.
%   A missing class (<missing> or <undefined>) is NaN, and an error unless options.missing is
%   'drop'.
%   Other responses are returned as they are, for checkData. Without options.classes, text and
%   categories are refused.
y = gathered(y);
[~, columns] = tableColumns(y);
if isa(y, 'table') && numel(columns) == 1
  y = columns{1};
end
what = insteadOfNumbers(y);
named = any(strcmp(what, {'text', 'categories'}));
if named && ~options.classes
  fail('lcodec:notNumeric', ...
       '`y` must be numeric, got %s; response=''nominal'' takes its values as classes', what);
elseif strcmp(what, 'a container or object') && options.classes && ~isa(y, 'table')
  fail('lcodec:notNumeric', '`y` must be text, categories or numbers, got %s', what);
elseif ~named
  return
end
if strcmp(what, 'categories')
  y = double(y);
else
  absent = false;
  if isstring(y)
    absent = ismissing(y);
  end
  texts = cellstr(y);  % of a matrix of characters, its rows
  [~, ~, number] = unique(texts(:));
  y = reshape(number, size(texts));
  y(absent) = NaN;
end
count = nnz(isnan(y));
if count > 0 && ~strcmp(options.missing, 'drop')
  plural = 's';
  if count == 1
    plural = '';
  end
  fail('lcodec:nonFinite', ['`y` must be complete, got %d missing value%s; ', ...
                            'missing=''drop'' leaves out their rows'], count, plural);
end
end
