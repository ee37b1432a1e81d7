function groups = columnGroups(value, count, names, response)
%COLUMNGROUPS The groups that the option `groups` makes of the COUNT columns of X.
%   groups.columns   1 x g   cell: the columns of each group, ascending
%   groups.labels    1 x g   cell: the labels, where they are texts; else {}
%   VALUE is a cell of lists of columns, as columnList reads them, or a label for each column. The
%   columns have NAMES, or {}; RESPONSE, or [], is the one that is y.
groups = struct('columns', {cell(1, 0)}, 'labels', {{}});
if isempty(value) && (isnumeric(value) || iscell(value))
  return
end
if ischar(value) && size(value, 1) > 1 || isstring(value) && ~isscalar(value)
  value = cellstr(value);
end
if iscellstr(value) || (isnumeric(value) && isreal(value) && isvector(value))
  groups = labelled(value, count, response);
elseif iscell(value) && all(cellfun(@isList, value(:)))
  groups.columns = cellfun(@(item) sort(columnList(item, 'groups', count, names, response)), ...
                           reshape(value, 1, []), 'UniformOutput', false);
else
  fail('lcodec:optionType', ['`groups` must list groups of columns of `X`, or one label for ' ...
                             'each column, got %s'], describe(value));
end
empty = find(cellfun(@isempty, groups.columns), 1);
if ~isempty(empty)
  fail('lcodec:optionValue', '`groups` must not hold empty groups, got one in place %d', empty);
end
noOverlap([groups.columns{:}], names);
end

function answer = isList(item)
item = gathered(item);
answer = iscell(item) || isnumeric(item) || islogical(item) || (isstring(item) && ~isscalar(item));
end

function groups = labelled(value, count, response)
% The columns of each label, in the order in which the labels first come.
if numel(value) ~= count
  fail('lcodec:optionRange', ['`groups` must have one label for each column of `X`, which has ' ...
                              '%d, got %d'], count, numel(value));
end
if isnumeric(value) && any(isnan(value))
  fail('lcodec:optionValue', '%s', '`groups` must have a label for each column of `X`, got NaN');
end
[~, ~, code] = unique(value(:));
code = code(:);
if ~isempty(response)
  if nnz(code == code(response)) > 1
    fail('lcodec:optionRange', '%s', '`groups` must not list the column that is `y`');
  end
  code(response) = 0;
end
groups = struct('columns', {cell(1, 0)}, 'labels', {{}});
for column = 1:count
  if code(column) > 0
    groups.columns{end + 1} = find(code == code(column))';
    if iscell(value)
      groups.labels{end + 1} = value{column};
    end
    code(code == code(column)) = 0;
  end
end
end

function noOverlap(columns, names)
% COLUMNS are those of all groups, one after the other.
seen = false(1, max([columns, 0]));
for column = columns
  if seen(column)
    which_ = sprintf('%d, counting from 1,', column);
    if ~isempty(names)
      which_ = ['`', names{column}, '`'];
    end
    fail('lcodec:optionRange', '`groups` must not overlap, got column %s in two groups', which_);
  end
  seen(column) = true;
end
end
