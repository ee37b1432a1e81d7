function value = checkReal(value, name, ordinal, names)
%CHECKREAL Return a full, real, numeric or logical array as double; refuse the rest.
%   64-bit integers that double precision would round are refused; where only their order counts
%   (ORDINAL, default false), all are replaced by their ranks 0, 1, ...
%   checkReal(columns, name, ordinal, names) returns the columns of a table, a cell, side by side;
%   an error says which of them, by their names or {}, are no numbers.
if nargin < 3
  ordinal = false;
end
if nargin < 4
  value = gathered(value);
  what = insteadOfNumbers(value);
  if ~isempty(what)
    refuse(what, name, '', 1);
  end
  value = toDoubles(value, name, ordinal);
  return
end
what = cellfun(@insteadOfNumbers, value, 'UniformOutput', false);
bad = find(~cellfun(@isempty, what));
if ~isempty(bad)
  same = bad(strcmp(what{bad(1)}, what(bad)));
  refuse(what{same(1)}, name, inColumns(same, names, numel(value)), numel(same));
end
value = cellfun(@(column) toDoubles(column, name, ordinal), value, 'UniformOutput', false);
value = [value{:}];
end

function refuse(what, name, where, count)
them = 'it';
if count > 1
  them = 'them';
end
other = '';
if ~isempty(where)
  other = sprintf(' or leave %s out', them);
end
switch what
  case 'a sparse one'
    fail('lcodec:sparseInput', '`%s` must be a full array, got a sparse one%s', name, where);
  case 'complex numbers'
    fail('lcodec:complexInput', '`%s` must be real, got complex numbers%s', name, where);
  case {'text', 'categories'}
    hint = sprintf('; encode %s as numbers%s', them, other);
  case 'dates or times'
    hint = sprintf('; convert %s to numbers (days, for example)%s', them, other);
  otherwise
    hint = '';
end
fail('lcodec:notNumeric', '`%s` must be numeric, got %s%s%s', name, what, where, hint);
end

function value = toDoubles(value, name, ordinal)
if isa(value, 'int64') || isa(value, 'uint64')
  value = exactDoubles(value, name, ordinal);
end
value = full(double(value));  % Octave keeps diagonal matrices as such
end

function value = exactDoubles(value, name, ordinal)
% the largest one is rounded up, and back in integers it is cut off to what it was
count = nnz(cast(double(value), class(value)) ~= value | value == intmax(class(value)));
if count == 0
  return
end
if ~ordinal
  plural = 'numbers';
  if count == 1
    plural = 'number';
  end
  fail('lcodec:bigInteger', ...
       ['`%s` must hold whole numbers that double precision can hold, all up to 2^53, got ', ...
        '%d %s that it rounds; subtract the smallest one from each column before'], ...
       name, count, plural);
end
[~, ~, rank] = unique(value);
value = reshape(double(rank) - 1, size(value));
end
