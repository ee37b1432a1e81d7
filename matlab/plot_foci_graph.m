function ax = plot_foci_graph(adjacency, names, parent)
%PLOT_FOCI_GRAPH Draw the graph of FOCI_GRAPH on a circle.
%   PLOT_FOCI_GRAPH(adjacency) draws the variables on a circle, the first one on
%   top and the others clockwise, and an arrow from every selected variable to
%   the response for which it was selected. The wider and darker the arrow, the
%   larger the coefficient; a colour bar has the values.
%   PLOT_FOCI_GRAPH(adjacency, names) writes names at the nodes instead of
%   column numbers. Many or long names stand along the radius.
%   PLOT_FOCI_GRAPH(adjacency, names, parent) draws into these axes, and
%   PLOT_FOCI_GRAPH(parent, adjacency, names) does the same.
%   ax = PLOT_FOCI_GRAPH(...) returns the axes, for titles and saving.
%
%   It draws into the current axes unless they are given; call FIGURE first for a
%   new window. No toolbox is needed.
%
%   Inputs
%     adjacency   p x p   first output of FOCI_GRAPH: entry (i, j) is the
%                         coefficient of the arrow from i to j, 0 for no arrow;
%                         the diagonal is not drawn.
%                         The line is 0.5 + 3.5 * coefficient points wide, and
%                         0.5 where the coefficient is negative
%     names       1 x p   cell of texts, such as info.names of FOCI_GRAPH;
%                         {} (default) for column numbers. Names of more than 30
%                         characters are cut
%     parent      1 x 1   axes handle; [] (default) for the current axes
%
%   Output
%     ax   1 x 1   axes handle
%
%   Errors
%     lcodec:notMatrix      adjacency is not square
%     lcodec:sizeMismatch   there is not one name for each variable
%     lcodec:optionType     parent is no axes handle
%
%   Example
%     X = mod(sin((1:500)' * [12.9898, 78.233, 37.719, 93.989]) * 43758.5453, 1);
%     X(:, 3) = X(:, 1) + X(:, 2);
%     plot_foci_graph(foci_graph(X), {'a', 'b', 'a + b', 'noise'});
%
%   Reference
%     M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence",
%     Annals of Statistics 49(6):3070-3102, 2021, section 5.
%
%   See also FOCI_GRAPH, FOCI.

if nargin < 1
  fail('lcodec:missingInput', ...
       'plot_foci_graph needs `adjacency`: plot_foci_graph(adjacency, names)');
end
if nargin < 2
  names = {};
end
if nargin < 3
  parent = [];
end
if nargin > 1 && isAxes(adjacency)  % axes come first in MATLAB's own functions
  [adjacency, names, parent] = deal(names, parent, adjacency);
end
adjacency = checkReal(adjacency, 'adjacency');
p = size(adjacency, 1);
if ndims(adjacency) ~= 2 || size(adjacency, 2) ~= p
  fail('lcodec:notMatrix', '`adjacency` must be square, got %d x %d', ...
       p, size(adjacency, 2));
end
if isempty(names)
  names = arrayfun(@(k) sprintf('%d', k), 1:p, 'UniformOutput', false);
end
names = cellstr(names);
if numel(names) ~= p
  fail('lcodec:sizeMismatch', '`names` must have %d entries like `adjacency`, got %d', ...
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

angle = pi / 2 - 2 * pi * (0:p - 1)' / p;
place = [cos(angle), sin(angle)];
held = ishold(handle);
hold(handle, 'on');
adjacency(1:p + 1:end) = 0;
[from, to] = find(adjacency);
for k = 1:numel(from)
  drawArrow(handle, place(from(k), :), place(to(k), :), adjacency(from(k), to(k)));
end
names = cellfun(@shortened, names, 'UniformOutput', false);
style = styleOf(p, max([0, cellfun(@numel, names(:)')]));
for k = 1:p
  drawNode(handle, place(k, :), names{k}, style);
end
axis(handle, 'equal');
axis(handle, [-style.width, style.width, -style.height, style.height]);
axis(handle, 'off');
if ~isempty(from)
  drawScale(handle);
end
if ~held
  hold(handle, 'off');
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

function style = styleOf(p, longest)
% Short names of few nodes stand upright; others along the radius, so that neighbours do not meet.
% A character is about 0.6 times as wide as the font is high, which is SIZE of 360 points.
style.radial = p > 12 || longest > 14;
style.size = 10;
if style.radial
  style.size = max(5, min(9, 250 / max(p, 1)));
end
share = min(0.8, 2 * longest * 0.6 * style.size / 360);  % of the picture that names take
style.height = 1.3;
style.width = 1.9;
if style.radial
  style.height = 1.15 / (1 - share);
  style.width = style.height;
end
end

function drawScale(handle)
% What the colours mean. The bar has the colours of the arrows, from 0 to 1.
colormap(handle, cell2mat(arrayfun(@colourOf, (0:63)' / 63, 'UniformOutput', false)));
caxis(handle, [0, 1]);
bar = colorbar(handle);
if isprop(bar, 'Label')
  set(get(bar, 'Label'), 'String', 'coefficient');
else
  ylabel(bar, 'coefficient');
end
end

function colour = colourOf(coefficient)
% From a light to a dark blue.
share = min(max(coefficient, 0), 1);
colour = (1 - share) * [0.72, 0.83, 0.93] + share * [0.03, 0.19, 0.42];
end

function drawArrow(handle, start, goal, coefficient)
% A quadratic curve, bent to one side so that i -> j and j -> i do not cover each other. It keeps
% clear of both nodes and ends in a triangle.
colour = colourOf(coefficient);
across = goal - start;
bend = (start + goal) / 2 + 0.12 * [across(2), -across(1)];
t = linspace(0, 1, 50)';
curve = (1 - t).^2 * start + 2 * t .* (1 - t) * bend + t.^2 * goal;
toGoal = sqrt(sum((curve - goal).^2, 2));
toStart = sqrt(sum((curve - start).^2, 2));
width = 0.5 + 3.5 * max(coefficient, 0);
gap = min(0.06, norm(goal - start) / 4);
long = min(0.04 + 0.01 * width, gap);
shaft = curve(toStart > gap & toGoal > gap + long / 2, :);
line(shaft(:, 1), shaft(:, 2), 'Parent', handle, 'Color', colour, 'LineWidth', width);

last = find(toGoal > gap, 1, 'last');
tip = curve(last, :);
along = (tip - curve(last - 1, :)) / norm(tip - curve(last - 1, :));
aside = [-along(2), along(1)];
base = tip - long * along;
corners = [tip; base + long / 2 * aside; base - long / 2 * aside];
patch(corners(:, 1), corners(:, 2), colour, 'Parent', handle, 'EdgeColor', colour);
end

function drawNode(handle, place, name, style)
line(place(1), place(2), 'Parent', handle, 'Color', [0.2, 0.2, 0.2], 'LineStyle', 'none', ...
     'Marker', 'o', 'MarkerSize', 5, 'MarkerFaceColor', [0.2, 0.2, 0.2]);
turn = 0;
if place(1) < -1e-9 && style.radial || place(1) < -0.1
  side = 'right';
elseif style.radial || place(1) > 0.1
  side = 'left';
else
  side = 'center';
end
if style.radial
  turn = atan2(place(2), place(1)) * 180 / pi;
  if strcmp(side, 'right')
    turn = turn + 180;  % read from the outside
  end
end
text(1.08 * place(1), 1.08 * place(2), name, 'Parent', handle, 'Interpreter', 'none', ...
     'HorizontalAlignment', side, 'VerticalAlignment', 'middle', 'FontSize', style.size, ...
     'Rotation', turn);
end
