function [X, y, given, names, places] = readFeatures(X, y, given, options, kind)
%READFEATURES Check X, y and the columns of X that are given.
%   y may be the name of a column of the table X: then the others are the features. Returned are
%   the features, the response, and for the features: which are GIVEN, their NAMES ({} where X is no
%   table) and their PLACES in X. KIND of y is 'ordinals' where only its order counts, else
%   'vectors'; see checkData.
names = tableColumns(X);
response = [];
if isText(y)
  response = responseColumn(char(y), names);
  X = checkData(options.missing, 'matrix', 'X', X);
  y = X(:, response);
  X(:, response) = [];
end
[X, y] = checkData(options.missing, 'matrix', 'X', X, kind, 'y', y);
places = 1:size(X, 2) + numel(response);
given = columnList(given, 'given', numel(places), names, response);
places(response) = [];
if ~isempty(names)
  names = names(places);
end
[~, given] = ismember(given, places);
tellFewValues(y, options);
end

function column = responseColumn(y, names)
% The column whose name Y is.
if isempty(names)
  fail('lcodec:notNumeric', ...
       '`y` must be numeric, got %s; a name needs `X` with column names', describe(y));
end
column = find(strcmp(y, names));
if isempty(column)
  fail('lcodec:notNumeric', '`y` must be numeric or name a column of `X`, got %s; %s', ...
       describe(y), hint(y, names));
end
refuseAmbiguous(numel(column), 'y', y);
end

function columns = columnList(value, name, count, names, response)
% The columns that an option lists by number, by name, or by a mask.
value = gathered(value);
if ischar(value) || isstring(value)
  value = cellstr(value);
end
if iscellstr(value)
  columns = cellfun(@(item) columnNamed(item, name, names), reshape(value, 1, []));
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

function column = columnNamed(item, name, names)
if isempty(names)
  fail('lcodec:optionRange', ...
       '`%s` must list columns of `X` by number, as they have no names, got %s', ...
       name, describe(item));
end
column = find(strcmp(item, names));
if isempty(column)
  fail('lcodec:optionRange', '`%s` must list columns of `X`, got %s; %s', ...
       name, describe(item), hint(item, names));
end
refuseAmbiguous(numel(column), name, item);
end

function refuseAmbiguous(count, name, item)
% Two columns of one name: of a matrix M, and a variable M_1 beside it.
if count > 1
  fail('lcodec:optionValue', ['`%s` must name one column of `X`, got %s, the name of %d; ' ...
                              'rename them or give numbers'], name, describe(item), count);
end
end

function text = hint(item, names)
near = nearestName(item, names);
if isempty(near)
  text = ['its columns are ', listNames(strcat('`', names, '`'), 10)];
else
  text = sprintf('the nearest is `%s`', near);
end
end

function word = entries(count)
word = 'entries';
if count == 1
  word = 'entry';
end
end
