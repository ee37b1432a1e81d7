function [X, y, given, names, candidates] = readFeatures(X, y, given, options, kind)
%READFEATURES Check X, y, the columns of X that are given, and the candidates.
%   y may be the name of a column of the table X: then the others are the features. Returned are
%   the features, the response, and for the features: which are GIVEN, their NAMES ({} where X is no
%   table) and the CANDIDATES that they and options.groups make; see candidatesOf. KIND of y is
%   'ordinals' where only its order counts, else 'vectors'; see checkData.
names = tableColumns(X);
response = [];
if isText(y)
  [~, columns] = tableColumns(X);
  response = responseColumn(char(y), names);
  y = columns{response};
  X = struct('names', {names}, 'columns', {columns});
  X.names(response) = [];
  X.columns(response) = [];
  if isempty(X.names)
    X = zeros(size(y, 1), 0);
  end
end
[X, widths] = withIndicators(X);
% errors of X come before those of y, with which its rows are dropped
X = checkData(strrep(options.missing, 'drop', 'keep'), 'matrix', 'X', X);
kind = responseKind(y, options, kind);
y = classNumbers(y, options);
[X, y] = checkData(options.missing, 'matrix', 'X', X, kind, 'y', y);
if isempty(widths)
  widths = ones(1, size(X, 2));
end
count = numel(widths) + numel(response);
places = 1:count;
given = columnList(given, 'given', count, names, response);
groups = columnGroups(options.groups, count, names, response);
givenGroups(groups, given);
places(response) = [];
if ~isempty(names)
  names = names(places);
end
own = repelem(places, widths);  % the column of X that each axis of the distance belongs to
candidates = candidatesOf(groups, places, names, own, count);
[~, given] = ismember(given, places);
ends = cumsum(widths);  % whole numbers
given = arrayfun(@(k) ends(k) - widths(k) + 1:ends(k), given, 'UniformOutput', false);
given = [given{:}];
if ~isempty(names)
  [~, at] = ismember(own, places);
  names = names(at);
end
tellFewValues(y, options);
end

function column = responseColumn(y, names)
% The column whose name Y is.
if isempty(names)
  fail('lcodec:notNumeric', ...
       '`y` must be numeric, got %s; a name needs `X` with column names', describe(y));
end
[column, hint] = namedColumn(y, 'y', names);
if isempty(column)
  fail('lcodec:notNumeric', '`y` must be numeric or name a column of `X`, got %s; %s', ...
       describe(y), hint);
end
end

function givenGroups(groups, given)
% No group has some columns that are GIVEN, and others that are not.
for k = 1:numel(groups.columns)
  is = ismember(groups.columns{k}, given);
  if any(is) && ~all(is)
    which_ = sprintf('number %d, counting from 1', k);
    if ~isempty(groups.labels)
      which_ = ['`', groups.labels{k}, '`'];
    end
    fail('lcodec:optionValue', ['`given` must hold all columns of a group or none, got some of ' ...
                                'a group (%s)'], which_);
  end
end
end
