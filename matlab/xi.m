function value = xi(x, y, varargin)
%XI Chatterjee's rank correlation of y with x.
%   value = XI(x, y) is 0 for independence and 1 when y is a function of x, both
%   in the limit of many samples. It uses only the order of the values of x and
%   of y. It is not symmetric: it asks whether y is a function of x.
%   value = XI(x, y, NAME, VALUE, ...) sets options.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     x   n x 1   predictor, n >= 3
%     y   n x 1   response; ties are handled exactly
%
%   Options
%     'ties'      what happens to rows with the same x, whose order is
%                 arbitrary: 'average' (default), the exact expectation over all
%                 orders, or 'random', one order at random (the published
%                 coefficient)
%     'seed'      seed of 'random' ties, a whole number in [0, 2^53); default 0
%     'missing'   'refuse' (default): rows with NaN are an error; 'drop': they
%                 are left out with the warning lcodec:rowsDropped
%     'response'  'ordered' states that larger numbers in y mean more, as in
%                 CODEC; default []
%
%   Output
%     value   1 x 1   the coefficient, at most 1; negative values are possible.
%                     NaN with the warning lcodec:constantResponse for constant
%                     y.
%
%   Errors have the ids and texts of the Python package.
%
%   Example
%     x = (-100:100)';
%     xi(x, x.^2)    % 0.9703
%     xi(x.^2, x)    % -0.1250
%
%   Reference
%     S. Chatterjee, "A new coefficient of correlation", Journal of the American
%     Statistical Association 116:2009-2022, 2021, arXiv:1909.10140.
%
%   See also CODEC, CODEC_TEST.

if nargin < 2
  fail('lcodec:missingInput', 'xi needs `x` and `y`: xi(x, y)');
end
options = checkOptions(varargin, {'ties', {'average', 'random'}, 'seed', 0, ...
                                  'missing', 'refuse', 'response', {[], 'ordered'}});
[x, y] = checkData(options.missing, 'ordinal', 'x', x, 'ordinal', 'y', y);
tellFewValues(y, options, 'use `codec` with response=''nominal''');
value = xiOf(x, responseOf(y), options);
if isnan(value)
  warn('lcodec:constantResponse');
end
end
