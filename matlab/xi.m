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
n = numel(x);
response = responseOf(y);
if response.sumSpread == 0
  warn('lcodec:constantResponse');
  value = NaN;
  return
end
[~, ~, group] = unique(x);
group = group(:);
if strcmp(options.ties, 'random')
  purpose = constants();
  words = philox4x32([(0:n - 1)', repmat([0, 0, purpose.TIES], n, 1)], options.seed);
  [~, order] = sortrows([group, words(:, 1)]);
  total = sum(abs(diff(response.labels(order))));  % whole numbers
else
  total = expectedTotal(response.labels, group);
end
value = 1 - n * total / (2 * response.sumSpread);
end

function total = expectedTotal(ranks, group)
% Mean of sum |r_{i+1} - r_i| over all orders of the rows inside each group. A group of g rows has
% g - 1 adjacent pairs, each one of the g (g - 1)/2 pairs at random; the last row of a group and
% the first of the next are any pair of the two groups. All sums over pairs are whole; terms are
% added in the order of the rows, one division each.
sizes = accumarray(group, 1);  % whole numbers
k = numel(sizes);
within = pairSums(ranks, group);
% pairs across groups k and k + 1: those of their union, less those inside each
left = group < k;
right = group > 1;
union_ = pairSums([ranks(left); ranks(right)], [group(left); group(right) - 1]);
across = union_ - within(1:end - 1, :) - within(2:end, :);
terms = zeros(2 * k - 1, 1);
terms(1:2:end) = 2 * rounded(within) ./ sizes;
terms(2:2:end) = rounded(across) ./ (sizes(1:end - 1) .* sizes(2:end));
total = leftToRightSum(terms);
end

function sums = pairSums(ranks, group)
% Sum of |r_a - r_b| over the unordered pairs inside each group. In ascending order, the rank at
% place t of g is subtracted g - 1 - t times and added t times. The sums reach 2^62: each is a row
% [high, low], high * 2^21 + low, and both parts are exact.
if isempty(group)
  sums = zeros(0, 2);
  return
end
sorted = sortrows([group, ranks]);
owner = sorted(:, 1);
sizes = accumarray(owner, 1);  % whole numbers
starts = cumsum(sizes) - sizes;  % whole numbers
place = (0:numel(owner) - 1)' - starts(owner);
signed = (2 * place - sizes(owner) + 1) .* sorted(:, 2);
high = floor(signed / 2^21);
sums = [accumarray(owner, high), accumarray(owner, signed - high * 2^21)];  % whole numbers
end

function value = rounded(sums)
value = sums(:, 1) * 2^21 + sums(:, 2);
end
