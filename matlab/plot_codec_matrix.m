function ax = plot_codec_matrix(statistic, names, parent)
%PLOT_CODEC_MATRIX Draw the coefficients of CODEC_MATRIX as a heat map.
%   PLOT_CODEC_MATRIX(statistic) draws one cell for each ordered pair: a row is a
%   predictor, a column a response. Colours go from 0 to 1, and negative
%   coefficients have that of 0; what is NaN stays blank. A colour bar has the
%   values. Matrices of at most 12 columns have the numbers in the cells.
%   PLOT_CODEC_MATRIX(statistic, names) writes names at the rows and columns
%   instead of column numbers.
%   PLOT_CODEC_MATRIX(statistic, names, parent) draws into these axes, and
%   PLOT_CODEC_MATRIX(parent, statistic, names) does the same.
%   ax = PLOT_CODEC_MATRIX(...) returns the axes, for titles and saving.
%
%   It draws into the current axes unless they are given; call FIGURE first for a
%   new window. No toolbox is needed.
%
%   Inputs
%     statistic   p x p   first output of CODEC_MATRIX
%     names       1 x p   cell of texts, such as info.names of CODEC_MATRIX; {}
%                         (default) for column numbers. Names of more than 30
%                         characters are cut
%     parent      1 x 1   axes handle; [] (default) for the current axes
%
%   Output
%     ax   1 x 1   axes handle
%
%   Errors
%     lcodec:notMatrix      statistic is not square
%     lcodec:sizeMismatch   there is not one name for each variable
%     lcodec:optionType     parent is no axes handle
%
%   Example
%     X = mod(sin((1:300)' * [12.9898, 78.233, 37.719]) * 43758.5453, 1);
%     X(:, 3) = (X(:, 1) - 0.5).^2;
%     plot_codec_matrix(codec_matrix(X), {'a', 'b', '(a - 0.5)^2'});
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021.
%
%   See also CODEC_MATRIX, PLOT_FOCI_GRAPH.

if nargin < 1
  fail('lcodec:missingInput', ...
       'plot_codec_matrix needs `statistic`: plot_codec_matrix(statistic, names)');
end
if nargin < 2
  names = {};
end
if nargin < 3
  parent = [];
end
if nargin > 1 && isAxes(statistic)  % axes come first in MATLAB's own functions
  [statistic, names, parent] = deal(names, parent, statistic);
end
statistic = checkReal(statistic, 'statistic');
p = size(statistic, 1);
if ndims(statistic) ~= 2 || size(statistic, 2) ~= p
  fail('lcodec:notMatrix', '`statistic` must be square, got %d x %d', p, size(statistic, 2));
end
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:p, 'UniformOutput', false);
end
names = cellstr(names);
if numel(names) ~= p
  fail('lcodec:sizeMismatch', '`names` must have %d entries like `statistic`, got %d', ...
       p, numel(names));
end
if isempty(parent)
  handle = newplot();
elseif isAxes(parent)
  handle = parent;
  if ~ishold(handle)
    cla(handle);
  end
else
  fail('lcodec:optionType', '`parent` must be an axes handle, got %s', describe(parent));
end

light = [0.93, 0.95, 0.98];
dark = [0.03, 0.19, 0.42];
share = (0:63)' / 63;
image(min(max(statistic, 0), 1), 'Parent', handle, 'CDataMapping', 'scaled');
[i, j] = find(isnan(statistic));
if ~isempty(i)
  patch([-0.5; 0.5; 0.5; -0.5] + j', [-0.5; -0.5; 0.5; 0.5] + i', [1, 1, 1], 'Parent', handle, ...
        'EdgeColor', 'none');
end
colormap(handle, (1 - share) * light + share * dark);
caxis(handle, [0, 1]);
bar = colorbar(handle);
if isprop(bar, 'Label')
  set(get(bar, 'Label'), 'String', 'coefficient');
else
  ylabel(bar, 'coefficient');
end
names = cellfun(@shortened, reshape(names, 1, []), 'UniformOutput', false);
axis(handle, 'image');
size_ = max(4, min(10, 250 / max(p, 1)));
set(handle, 'XTick', 1:p, 'YTick', 1:p, 'XTickLabel', names, 'YTickLabel', names, ...
    'YDir', 'reverse', 'TickLabelInterpreter', 'none', 'FontSize', size_);
if isprop(handle, 'XTickLabelRotation')
  set(handle, 'XTickLabelRotation', 90);
end
xlabel(handle, 'response');
ylabel(handle, 'predictor');
if p <= 12  % the numbers of more could not be read
  for k = reshape(find(~isnan(statistic)), 1, [])
    [i, j] = ind2sub([p, p], k);
    shade = zeros(1, 3) + (statistic(k) > 0.5);
    text(j, i, sprintf('%.2f', statistic(k)), 'Parent', handle, 'Color', shade, ...
         'HorizontalAlignment', 'center', 'VerticalAlignment', 'middle', 'FontSize', size_);
  end
end
if nargout > 0
  ax = handle;
end
end

function answer = isAxes(value)
answer = isscalar(value) && ishghandle(value) && strcmp(get(value, 'type'), 'axes');
end

function name = shortened(name)
if numel(name) > 30
  name = [name(1:27), '...'];
end
end
