function value = checkReal(value, name, names)
%CHECKREAL Return a full, real, numeric or logical array as double; refuse the rest.
%   checkReal(columns, name, names) returns the columns of a table, a cell, side by side; an error
%   says which of them, by their names or {}, are no numbers.
if nargin < 3
  value = gathered(value);
  what = insteadOfNumbers(value);
  if ~isempty(what)
    refuse(what, name, '', 1);
  end
  value = full(double(value));  % Octave keeps diagonal matrices as such
  return
end
what = cellfun(@insteadOfNumbers, value, 'UniformOutput', false);
bad = find(~cellfun(@isempty, what));
if ~isempty(bad)
  same = bad(strcmp(what{bad(1)}, what(bad)));
  refuse(what{same(1)}, name, inColumns(same, names, numel(value)), numel(same));
end
value = cellfun(@double, value, 'UniformOutput', false);
value = [value{:}];
end

function what = insteadOfNumbers(value)
% What an array holds instead of real numbers; nothing where it holds them.
what = '';
if issparse(value)
  what = 'a sparse one';
elseif ischar(value) || isstring(value) || (iscellstr(value) && ~isempty(value))
  what = 'text';
elseif any(strcmp(class(value), {'datetime', 'duration', 'calendarDuration'}))
  what = 'dates or times';
elseif isa(value, 'categorical')
  what = 'categories';
elseif ~isnumeric(value) && ~islogical(value)
  what = 'a container or object';
elseif ~isreal(value)
  what = 'complex numbers';
end
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
