function warnConstantColumns(columns, name, names)
%WARNCONSTANTCOLUMNS Constant columns carry no information and are never candidates.
count = numel(columns);
if count == 0
  return
end
counted = '';
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:max(columns), 'UniformOutput', false);
  counted = ' (counting from 1)';
end
shown = strjoin(names(columns(1:min(count, 10))), ', ');
if count > 10
  shown = [shown, ', ...'];
end
plural = 'columns';
if count == 1
  plural = 'column';
end
warning('lcodec:constantColumn', '%s', ...
        sprintf('`%s` has %d constant %s, never selected%s: %s', ...
                name, count, plural, counted, shown));
end
