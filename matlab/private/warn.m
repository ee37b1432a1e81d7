function warn(id, varargin)
%WARN Warn of a result that is defined but needs attention, in the words of Python.
%   warn('lcodec:constantResponse')           y has one value: the coefficient is 0/0
%   warn('lcodec:determinedResponse', name)   y is a function of the columns NAME: it is 0/0
%   warn('lcodec:constantColumn', columns, name, names)   these columns are never candidates
%   warn('lcodec:rowsDropped', dropped, n)    rows with missing values were left out
switch id
  case 'lcodec:constantResponse'
    text = '`y` is constant: the coefficient is undefined (NaN)';
  case 'lcodec:determinedResponse'
    text = sprintf(['`y` is determined by `%s` in the sample: ', ...
                    'the coefficient is undefined (NaN)'], varargin{:});
  case 'lcodec:constantColumn'
    text = constantColumns(varargin{:});
  otherwise
    text = sprintf('dropped %d of %d rows, which have missing values', varargin{:});
end
warning(id, '%s', text);
end

function text = constantColumns(columns, name, names)
count = numel(columns);
counted = '';
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:max(columns), 'UniformOutput', false);
  counted = ' (counting from 1)';
end
plural = 'columns';
if count == 1
  plural = 'column';
end
text = sprintf('`%s` has %d constant %s, never selected%s: %s', ...
               name, count, plural, counted, listNames(names(columns), 10));
end
