function warnConstantColumns(columns, name)
%WARNCONSTANTCOLUMNS Constant columns carry no information and are never candidates.
count = numel(columns);
if count == 0
  return
end
shown = sprintf('%d, ', columns(1:min(count, 10)));
shown = shown(1:end - 2);
if count > 10
  shown = [shown, ', ...'];
end
plural = 'columns';
if count == 1
  plural = 'column';
end
warning('lcodec:constantColumn', '%s', ...
        sprintf('`%s` has %d constant %s, never selected (counting from 1): %s', ...
                name, count, plural, shown));
end
