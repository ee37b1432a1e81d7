function varargout = checkData(missing, varargin)
%CHECKDATA Return arguments as finite double matrices that have the same rows.
%   [y, z, x] = checkData(missing, 'vector', 'y', y, 'matrix', 'z', z, 'optional', 'x', x) checks
%   each argument, given by kind, name and value. The first one sets the number of rows, 3 to
%   2^21 - 1. Of an 'ordinal' vector only the order counts: see checkReal. An 'optional' matrix
%   without columns is n x 0. With MISSING 'drop', rows in which
%   any argument has NaN are left out, and their number is said.
%   [X, names] = checkData(missing, 'matrix', 'X', X) also returns the column names of the first
%   argument where it is a MATLAB table, else {}.
kinds = varargin(1:3:end);
names = varargin(2:3:end);
values = varargin(3:3:end);
for k = 1:numel(values)
  [values{k}, columnNames] = unwrapTable(values{k});
  if k == 1
    namesOfFirst = columnNames;
  end
  if strcmp(kinds{k}, 'optional') && ndims(values{k}) == 2 && size(values{k}, 2) == 0
    values{k} = zeros(size(values{1}, 1), 0);
    continue
  end
  values{k} = checkReal(values{k}, names{k}, strcmp(kinds{k}, 'ordinal'));
  if any(strcmp(kinds{k}, {'vector', 'ordinal'}))
    vectorShape(values{k}, names{k});
  else
    matrixShape(values{k}, names{k});
  end
  checkRows(size(values{k}, 1), names{k}, size(values{1}, 1), names{1});
  allFinite(values{k}, names{k}, missing);
end
varargout = [complete(values, names{1}, missing), {namesOfFirst}];
end

function [value, names] = unwrapTable(value)
% The values and column names of a MATLAB table; other values as they are. Octave has no tables.
names = {};
if isa(value, 'table')
  names = value.Properties.VariableNames;
  columns = cell(1, numel(names));
  for k = 1:numel(names)
    columns{k} = checkReal(value.(names{k}), names{k});
  end
  value = [columns{:}];
end
end

function vectorShape(value, name)
if ndims(value) ~= 2
  fail('lcodec:notVector', '`%s` must be a vector, got %d dimensions', name, ndims(value));
end
if size(value, 2) ~= 1
  fail('lcodec:notVector', '`%s` must be one column, got %d x %d', ...
       name, size(value, 1), size(value, 2));
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

function checkRows(n, name, rows, like)
% LIKE names the first argument, which has ROWS rows.
number = constants();
if n ~= rows
  fail('lcodec:sizeMismatch', '`%s` must have %d rows like `%s`, got %d', name, rows, like, n);
elseif n < number.MIN_ROWS
  fail('lcodec:tooFewRows', '`%s` must have at least %d rows, got %d', name, number.MIN_ROWS, n);
elseif n > number.MAX_ROWS
  fail('lcodec:tooManyRows', '`%s` must have at most %d rows, got %d', name, number.MAX_ROWS, n);
end
end

function allFinite(value, name, missing)
what = 'NaN or infinite';
count = nnz(~isfinite(value));
if strcmp(missing, 'drop')
  what = 'infinite';
  count = nnz(isinf(value));
end
if count == 1
  fail('lcodec:nonFinite', '`%s` must be finite, got 1 %s value', name, what);
elseif count > 0
  fail('lcodec:nonFinite', '`%s` must be finite, got %d %s values', name, count, what);
end
end

function values = complete(values, name, missing)
% The rows without NaN. NAME is the argument to speak of when fewer than three are left.
number = constants();
n = size(values{1}, 1);
keep = ~any(isnan([values{:}]), 2);
left = nnz(keep);
if strcmp(missing, 'refuse') || left == n
  return
end
if left < number.MIN_ROWS
  fail('lcodec:tooFewRows', '`%s` must have at least %d rows without missing values, got %d', ...
       name, number.MIN_ROWS, left);
end
warn('lcodec:rowsDropped', n - left, n);
values = cellfun(@(value) value(keep, :), values, 'UniformOutput', false);
end
