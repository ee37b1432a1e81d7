function columns = readColumns(value, name, count, names)
%READCOLUMNS Return the columns of X that an option lists by number or, for a table, by name.
if ischar(value) || isstring(value)
  value = cellstr(value);
end
if iscellstr(value)
  [known, columns] = ismember(value(:)', names);
  columns(~known) = 0;
elseif isnumeric(value) && isreal(value)
  columns = double(value(:)');
  if any(columns ~= floor(columns))
    refuse('lcodec:optionType', '`%s` must list columns of `X`, got a fraction', name);
  end
else
  refuse('lcodec:optionType', '`%s` must list columns of `X`, got %s', name, describeValue(value));
end
unknown = sum(columns < 1 | columns > count);
if unknown > 0
  refuse('lcodec:optionRange', '`%s` must list columns of `X`, which has %d, got %d other %s', ...
         name, count, unknown, entries(unknown));
end
repeated = numel(columns) - numel(unique(columns));
if repeated > 0
  refuse('lcodec:optionRange', '`%s` must not repeat columns, got %d extra %s', ...
         name, repeated, entries(repeated));
end
end

function word = entries(count)
word = 'entries';
if count == 1
  word = 'entry';
end
end
