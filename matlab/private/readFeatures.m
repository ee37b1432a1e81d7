function [X, y, given, names] = readFeatures(X, y, given, options, kind)
%READFEATURES Check X, y and the columns of X that are given, by number or, for a table, by name.
%   KIND of y is 'ordinal' where only its order counts, else 'vector'; see checkData.
[X, y, names] = checkData(options.missing, 'matrix', 'X', X, kind, 'y', y);
given = columnList(given, 'given', size(X, 2), names);
tellFewValues(y, options);
end

function columns = columnList(value, name, count, names)
if ischar(value) || isstring(value)
  value = cellstr(value);
end
if iscellstr(value)
  [known, columns] = ismember(value(:)', names);
  columns(~known) = 0;
elseif isnumeric(value) && isreal(value)
  columns = double(value(:)');
  if any(columns ~= floor(columns))
    fail('lcodec:optionType', '`%s` must list columns of `X`, got a fraction', name);
  end
else
  fail('lcodec:optionType', '`%s` must list columns of `X`, got %s', name, describe(value));
end
unknown = nnz(columns < 1 | columns > count);
if unknown > 0
  fail('lcodec:optionRange', '`%s` must list columns of `X`, which has %d, got %d other %s', ...
       name, count, unknown, entries(unknown));
end
repeated = numel(columns) - numel(unique(columns));
if repeated > 0
  fail('lcodec:optionRange', '`%s` must not repeat columns, got %d extra %s', ...
       name, repeated, entries(repeated));
end
end

function word = entries(count)
word = 'entries';
if count == 1
  word = 'entry';
end
end
