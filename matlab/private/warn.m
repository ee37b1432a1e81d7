function warn(id, varargin)
%WARN Warn of a result that is defined but needs attention, in the words of Python.
%   warn('lcodec:constantResponse', columns)  y, or these of its columns, have one value: it is 0/0
%   warn('lcodec:determinedResponse', name)   y is a function of the columns NAME: it is 0/0
%   warn('lcodec:constantColumn', columns, name, names)   these columns are never candidates
%   warn('lcodec:copiedColumn', columns, name, names)     these are copies of columns before them
%   warn('lcodec:nearlyConstantColumn', columns, name, names)   these vary by rounding alone
%   warn('lcodec:tinyDifferences', columns, name, names)  squares in these lose digits or vanish
%   warn('lcodec:fewValues', count, wayOut)   whole numbers are taken as ordered
%   warn('lcodec:allClassesDiffer', n)        no two rows are of one class
%   warn('lcodec:poorExchange', what, y, y, ofZ, z, z, name, wayOut)   exchanges change too much:
%                                  correlations of near rows, before and after
%   warn('lcodec:rowsDropped', dropped, n)    rows with missing values were left out
%   warn('lcodec:undefinedSubsamples', count, total)   these are left out of a standard error
switch id
  case 'lcodec:constantResponse'
    text = '`y` is constant: the coefficient is undefined (NaN)';
    if ~isempty(varargin) && ~isempty(varargin{1})
      text = ['`y` has constant columns, and the coefficient is undefined (NaN); ', ...
              'leave them out', listed(varargin{1}, {})];
    end
  case 'lcodec:determinedResponse'
    text = sprintf(['`y` is determined by `%s` in the sample: ', ...
                    'the coefficient is undefined (NaN)'], varargin{:});
  case 'lcodec:constantColumn'
    count = numel(varargin{1});
    plural = 'columns';
    if count == 1
      plural = 'column';
    end
    text = sprintf('`%s` has %d constant %s, never selected%s', varargin{2}, count, plural, ...
                   listed(varargin{[1, 3]}));
  case 'lcodec:copiedColumn'
    text = sprintf(['`%s` has copies, up to shift and scale, of columns selected before, ', ...
                    'which count as columns of their own; leave them out%s'], varargin{2}, ...
                   listed(varargin{[1, 3]}));
  case 'lcodec:nearlyConstantColumn'
    text = sprintf(['`%s` has columns that vary by no more than rounding, as sums of the same ', ...
                    'numbers in another order do; leave them out or round them%s'], ...
                   varargin{2}, listed(varargin{[1, 3]}));
  case 'lcodec:tinyDifferences'
    text = sprintf(['`%s` has columns with differences so small that their squares lose ', ...
                    'digits or vanish; rescale them or take logarithms%s'], varargin{2}, ...
                   listed(varargin{[1, 3]}));
  case 'lcodec:fewValues'
    text = sprintf(['`y` has %d different whole numbers, taken as ordered from small to ', ...
                    'large. Where they are codes of classes, the result depends on the ', ...
                    'coding: %s. Where the order is meant, set `response` to ''ordered'''], ...
                   varargin{:});
  case 'lcodec:allClassesDiffer'
    text = sprintf(['`y` has a class of its own in each of %d rows: nothing can be learnt, ', ...
                    'and the coefficient is 0. Where it holds numbers that have an order, ', ...
                    'leave out response=''nominal'''], varargin{:});
  case 'lcodec:poorExchange'
    text = sprintf(['rows near in `x` are too far apart for a trustworthy p-value: exchanging ', ...
                    'values between them lowers %s of near rows from %.2f to %.2f in `y` and ', ...
                    '%sfrom %.2f to %.2f in `%s`; use %sfewer columns of `x`, or more rows'], ...
                   varargin{:});
  case 'lcodec:undefinedSubsamples'
    text = sprintf(['the coefficient is undefined in %d of %d subsamples, which are left out: ', ...
                    '`y` is constant in them, or determined by `x`; take a larger ', ...
                    '`subsample_size`'], varargin{:});
  otherwise
    text = sprintf('dropped %d of %d rows, which have missing values', varargin{:});
end
warning(id, '%s', text);
end

function text = listed(columns, names)
count = numel(columns);
counted = '';
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:max(columns), 'UniformOutput', false);
  counted = ' (counting from 1)';
end
text = [counted, ': ', listNames(names(columns), 10)];
end
