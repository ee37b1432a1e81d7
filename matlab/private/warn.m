function warn(id, varargin)
%WARN Warn of a result that is defined but needs attention, in the words of Python.
%   warn('lcodec:constantResponse')           y has one value: the coefficient is 0/0
%   warn('lcodec:determinedResponse', name)   y is a function of the columns NAME: it is 0/0
%   warn('lcodec:constantColumn', columns, name, names)   these columns are never candidates
%   warn('lcodec:poorExchange', correlations)   exchanges change y and z too much; of near rows,
%                                  before and after: [y, y, z, z]
%   warn('lcodec:rowsDropped', dropped, n)    rows with missing values were left out
switch id
  case 'lcodec:constantResponse'
    text = '`y` is constant: the coefficient is undefined (NaN)';
  case 'lcodec:determinedResponse'
    text = sprintf(['`y` is determined by `%s` in the sample: ', ...
                    'the coefficient is undefined (NaN)'], varargin{:});
  case 'lcodec:constantColumn'
    text = constantColumns(varargin{:});
  case 'lcodec:poorExchange'
    text = sprintf(['rows near in `x` are too far apart for a trustworthy p-value: exchanging ', ...
                    'values between them lowers the rank correlation of near rows ', ...
                    'from %.2f to %.2f in `y` and from %.2f to %.2f in `z`; ', ...
                    'use residuals of `y` and `z` on `x` (in Python `adjust`), ', ...
                    'fewer columns of `x`, or more rows'], varargin{:});
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
shown = strjoin(names(columns(1:min(count, 10))), ', ');
if count > 10
  shown = [shown, ', ...'];
end
plural = 'columns';
if count == 1
  plural = 'column';
end
text = sprintf('`%s` has %d constant %s, never selected%s: %s', ...
               name, count, plural, counted, shown);
end
