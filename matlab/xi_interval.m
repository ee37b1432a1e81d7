function result = xi_interval(x, y, varargin)
%XI_INTERVAL Chatterjee's rank correlation with its standard error and an interval.
%   result = XI_INTERVAL(x, y) is about the correlation of y with x, as XI returns it.
%   result = XI_INTERVAL(x, y, NAME, VALUE, ...) sets options.
%
%   The standard error comes from random subsamples of rows, drawn without
%   replacement; see CODEC_INTERVAL.
%
%   Inputs (rows are samples; numeric, logical or tables; full, real and finite)
%     x   n x 1   predictor, n >= 11
%     y   n x 1   response
%
%   Options
%     'level', 'n_resamples', 'subsample_size', 'seed'   as in CODEC_INTERVAL
%     'ties', 'missing', 'response'                      as in XI
%
%   Output: a struct with the fields of CODEC_INTERVAL. For constant y all are NaN
%   but the last three, with the warning lcodec:constantResponse.
%
%   Errors have the ids and texts of the Python package.
%
%   Example
%     X = mod(sin((1:300)' * [12.9898, 78.233]) * 43758.5453, 1);
%     r = xi_interval(X(:, 1), X(:, 1) + X(:, 2));
%     [r.statistic, r.low, r.high]       % 0.2955 0.2148 0.3762
%
%   Reference
%     Z. Lin, F. Han, "On the failure of the bootstrap for Chatterjee's rank
%     correlation", Biometrika, 2024, arXiv:2303.14088.
%
%   See also XI, CODEC_INTERVAL.

if nargin < 2
  fail('lcodec:missingInput', 'xi_interval needs `x` and `y`: xi_interval(x, y)');
end
options = checkOptions(varargin, {'level', 0.95, 'n_resamples', 200, 'subsample_size', [], ...
                                  'ties', {'average', 'random'}, 'seed', 0, ...
                                  'missing', 'refuse', 'response', {[], 'ordered'}});
[x, y] = checkData(options.missing, 'ordinal', 'x', x, 'ordinal', 'y', y);
tellFewValues(y, options, 'use `codec` with response=''nominal''');
options.subsample_size = subsampleSize(options.subsample_size, numel(y));
value = xiOf(x, responseOf(y), options);
if isnan(value)
  warn('lcodec:constantResponse');
end
ofRows = @(rows) xiOf(x(rows), responseOf(y(rows)), options);
result = subsampleInterval(value, ofRows, numel(y), options);
end
