function columns = columnList(value, name, count, names, response)
%COLUMNLIST The columns of X that the option NAME lists by number, by name, or by a mask, 1 x k.
%   X has COUNT columns of NAMES, or {}, of which RESPONSE, or [], is y.
value = gathered(value);
if ischar(value) || isstring(value)
  value = cellstr(value);
end
if iscellstr(value)
  columns = cellfun(@(item) listed(item, name, names), reshape(value, 1, []));
elseif islogical(value) && (~isscalar(value) || count == 1)
  if numel(value) ~= count
    fail('lcodec:optionRange', ['`%s` must have one truth value for each column of `X`, ' ...
                                'which has %d, got %d'], name, count, numel(value));
  end
  columns = reshape(find(value), 1, []);
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
if any(ismember(response, columns))
  fail('lcodec:optionRange', '`%s` must not list the column that is `y`', name);
end
end

function column = listed(item, name, names)
if isempty(names)
  fail('lcodec:optionRange', ...
       '`%s` must list columns of `X` by number, as they have no names, got %s', ...
       name, describe(item));
end
[column, hint] = namedColumn(item, name, names);
if isempty(column)
  fail('lcodec:optionRange', '`%s` must list columns of `X`, got %s; %s', ...
       name, describe(item), hint);
end
end

function word = entries(count)
word = 'entries';
if count == 1
  word = 'entry';
end
end
