function varargout = checkData(missing, varargin)
%CHECKDATA Return arguments as finite double matrices that have the same rows.
%   [y, z, x] = checkData(missing, 'vector', 'y', y, 'matrix', 'z', z, 'optional', 'x', x) checks
%   each argument, given by kind, name and value. The first one sets the number of rows, 3 to
%   2^21 - 1. Of an 'ordinal' vector only the order counts: see checkReal. 'vectors' and 'ordinals'
%   may have several columns, and are then a matrix. An 'optional' matrix without columns is n x 0.
%   With MISSING 'drop', rows in which any argument has NaN are left out, and their number is said;
%   with 'keep' they stay.
%   Errors name the columns of MATLAB tables by their names.
kinds = varargin(1:3:end);
names = varargin(2:3:end);
values = varargin(3:3:end);
for k = 1:numel(values)
  if strcmp(kinds{k}, 'optional') && ndims(values{k}) == 2 && size(values{k}, 2) == 0
    values{k} = zeros(size(values{1}, 1), 0);
    continue
  end
  [columnNames, columns] = tableColumns(values{k});
  isVector = any(strncmp(kinds{k}, {'vector', 'ordinal'}, 6));
  if isVector && kinds{k}(end) == 's' && widthOf(values{k}) > 1
    isVector = false;
  end
  ordinal = isVector && strncmp(kinds{k}, 'ordinal', 7);
  if isVector
    columnNames = {};
  end
  if isa(values{k}, 'table') || (isstruct(values{k}) && ~isempty(columns))
    values{k} = checkReal(columns, names{k}, ordinal, columnNames);
  else
    values{k} = checkReal(values{k}, names{k}, ordinal);
  end
  if isVector
    vectorShape(values{k}, names{k});
  else
    matrixShape(values{k}, names{k});
  end
  checkRows(size(values{k}), names{k}, size(values{1}), names{1});
  allFinite(values{k}, names{k}, missing, columnNames);
end
varargout = complete(values, names{1}, missing);
end

function vectorShape(value, name)
if ndims(value) ~= 2
  fail('lcodec:notVector', '`%s` must be a vector, got %d dimensions', name, ndims(value));
end
if size(value, 2) ~= 1
  hint = '';
  if size(value, 1) == 1 && size(value, 2) > 1
    hint = '; transpose it';
  end
  fail('lcodec:notVector', '`%s` must be one column, got %d x %d%s', ...
       name, size(value, 1), size(value, 2), hint);
end
end

function matrixShape(value, name)
if ndims(value) ~= 2
  fail('lcodec:notMatrix', '`%s` must be a matrix or a vector, got %d dimensions', ...
       name, ndims(value));
end
if size(value, 2) == 0
  fail('lcodec:emptyInput', '`%s` must have at least one column, got %d x 0', ...
       name, size(value, 1));
end
end

function checkRows(extent, name, first, like)
% LIKE names the first argument, whose size is FIRST.
number = constants();
n = extent(1);
rows = first(1);
hint = '';
if n ~= rows
  if extent(2) == rows
    hint = '; transpose it';
  elseif n == first(2) && n > 1
    hint = sprintf('; transpose `%s`', like);
  end
  fail('lcodec:sizeMismatch', '`%s` must have %d rows like `%s`, got %d%s', ...
       name, rows, like, n, hint);
elseif n < number.MIN_ROWS
  if extent(2) >= number.MIN_ROWS
    hint = '; transpose it if its columns are the samples';
  end
  fail('lcodec:tooFewRows', '`%s` must have at least %d rows, got %d%s', ...
       name, number.MIN_ROWS, n, hint);
elseif n > number.MAX_ROWS
  fail('lcodec:tooManyRows', '`%s` must have at most %d rows, got %d', name, number.MAX_ROWS, n);
end
end

function allFinite(value, name, missing, names)
infinite = isinf(value);
absent = isnan(value) & strcmp(missing, 'refuse');
bad = absent | infinite;
count = nnz(bad);
if count == 0
  return
end
what = {'NaN', 'infinite'};
what = strjoin(what([any(absent(:)), any(infinite(:))]), ' or ');
plural = 's';
if count == 1
  plural = '';
end
hint = 'replace what is infinite';
if any(absent(:))
  hint = 'missing=''drop'' leaves out rows with NaN';
end
fail('lcodec:nonFinite', '`%s` must be finite, got %d %s value%s%s; %s', ...
     name, count, what, plural, inColumns(find(any(bad, 1)), names, size(value, 2)), hint);
end

function values = complete(values, name, missing)
% The rows without NaN. NAME is the argument to speak of when fewer than three are left.
number = constants();
n = size(values{1}, 1);
keep = ~any(isnan([values{:}]), 2);
left = nnz(keep);
if ~strcmp(missing, 'drop') || left == n
  return
end
if left < number.MIN_ROWS
  fail('lcodec:tooFewRows', '`%s` must have at least %d rows without missing values, got %d', ...
       name, number.MIN_ROWS, left);
end
warn('lcodec:rowsDropped', n - left, n);
values = cellfun(@(value) value(keep, :), values, 'UniformOutput', false);
end
