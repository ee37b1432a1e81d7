function [column, hint] = namedColumn(item, name, names)
%NAMEDCOLUMN The column of X whose name is ITEM; [] where there is none, and a HINT what there is.
%   NAME is the argument, for the error about two columns of one name: of a matrix M, and a variable
%   M_1 beside it.
column = find(strcmp(item, names));
hint = '';
if numel(column) > 1
  fail('lcodec:optionValue', ['`%s` must name one column of `X`, got %s, the name of %d; ' ...
                              'rename them or give numbers'], name, describe(item), numel(column));
elseif isempty(column)
  near = nearestName(item, names);
  if isempty(near)
    hint = ['its columns are ', listNames(strcat('`', names, '`'), 10)];
  else
    hint = sprintf('the nearest is `%s`', near);
  end
end
end
