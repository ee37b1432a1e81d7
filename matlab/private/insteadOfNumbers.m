function what = insteadOfNumbers(value)
%INSTEADOFNUMBERS What an array holds instead of real numbers; nothing where it holds them.
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
