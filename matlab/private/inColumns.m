function text = inColumns(columns, names, count)
%INCOLUMNS Say which of COUNT columns are meant; nothing for the only one, where it has no name.
if count == 1 && isempty(names)
  text = '';
  return
end
counted = '';
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:count, 'UniformOutput', false);
  counted = ' (counting from 1)';
else
  names = strcat('`', names, '`');
end
plural = 's';
if numel(columns) == 1
  plural = '';
end
text = sprintf(' in column%s %s%s', plural, listNames(names(columns), 10), counted);
end
