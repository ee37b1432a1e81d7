function tests = test_plot_foci_graph()
%TEST_PLOT_FOCI_GRAPH What is drawn for a graph, and what is refused.
tests = {@drawsArrowsAndNames, @pointsToTheResponse, @widthIsTheCoefficient, ...
         @numbersWithoutNames, @drawsAnySize, @manyNamesStandAlongTheRadius, @longNamesFit, ...
         @colourIsTheCoefficient, @drawsIntoTheAxesGiven, @refusesWhatIsNoGraph};
end

function drawsArrowsAndNames()
[ax, tidy] = draw([0, 0.5, 0; 0.2, 0, 1; 0, 0, 0], {'a', 'b_b', 'c'}); %#ok<ASGLU>
expectEqual(numel(findobj(ax, 'type', 'patch')), 3);
texts = findobj(ax, 'type', 'text');
expectEqual(strjoin(sort(get(texts, 'string'))', ' '), 'a b_b c');
expectEqual(get(texts(1), 'interpreter'), 'none');
expectTrue(~ishold(ax), 'the axes should be left as they were');
end

function pointsToTheResponse()
% Node 1 is on top, node 2 at the bottom.
[ax, tidy] = draw([0, 0.5; 0, 0], {'cause', 'response'}); %#ok<ASGLU>
height = get(findobj(ax, 'type', 'patch'), 'ydata');
expectTrue(height(1) < -0.8 && all(height(2:3) > height(1)), 'the tip should be at the response');
end

function widthIsTheCoefficient()
[ax, tidy] = draw([0, 1; 0, 0], {}); %#ok<ASGLU>
expectEqual(max(cell2mat(get(findobj(ax, 'type', 'line'), 'linewidth'))), 4);
[ax, tidyToo] = draw([0, -0.1; 0, 0], {}); %#ok<ASGLU>
expectEqual(max(cell2mat(get(findobj(ax, 'type', 'line'), 'linewidth'))), 0.5);
end

function numbersWithoutNames()
[ax, tidy] = draw(zeros(3), {}); %#ok<ASGLU>
expectEqual(numel(findobj(ax, 'type', 'patch')), 0);
expectEqual(strjoin(sort(get(findobj(ax, 'type', 'text'), 'string'))', ' '), '1 2 3');
end

function drawsAnySize()
% Nothing, a node without itself, and neighbours closer than an arrow is long.
many = zeros(110);
many(1, 2) = 1;
graphs = {[], 1, many};
for k = 1:3
  [ax, tidy] = draw(graphs{k}, {}); %#ok<ASGLU>
  expectEqual(numel(findobj(ax, 'type', 'patch')), double(k == 3));
end
end

function manyNamesStandAlongTheRadius()
% Text reads from the centre on the right, to the centre on the left, and no two meet.
[ax, tidy] = draw(zeros(40), {}); %#ok<ASGLU>
texts = findobj(ax, 'type', 'text');
for handle = texts'
  place = get(handle, 'position');
  turn = get(handle, 'rotation');
  outward = [cosd(turn), sind(turn)] * place(1:2)' > 0;
  expectEqual(get(handle, 'horizontalalignment'), pick(outward, 'left', 'right'));
  off = mod(turn - atan2(place(2), place(1)) * 180 / pi + 90, 180) - 90;
  expectEqual(off, 0, 1e-9);
end
expectEqual(get(texts(1), 'fontsize'), 6.25);
[ax, tidyToo] = draw(zeros(3), {'a', 'b', 'c'}); %#ok<ASGLU>
expectEqual(unique(cell2mat(get(findobj(ax, 'type', 'text'), 'rotation'))), 0);
end

function longNamesFit()
% The longer the names, the more room around the circle; those of more than 30 are cut.
[ax, tidy] = draw(zeros(3), {'short', 'b', 'c'}); %#ok<ASGLU>
[wide, tidyToo] = draw(zeros(3), {'a_name_of_23_characters', 'b', 'c'}); %#ok<ASGLU>
expectTrue(max(ylim(wide)) > max(ylim(ax)), 'long names need room');
[ax, last] = draw(0, {repmat('n', 1, 31)}); %#ok<ASGLU>
expectEqual(get(findobj(ax, 'type', 'text'), 'string'), [repmat('n', 1, 27), '...']);
[ax, last] = draw(0, {repmat('n', 1, 30)}); %#ok<ASGLU>
expectEqual(get(findobj(ax, 'type', 'text'), 'string'), repmat('n', 1, 30));
end

function colourIsTheCoefficient()
% Arrows have the colours of the bar, from 0 to 1.
[ax, tidy] = draw([0, 1; 0, 0], {}); %#ok<ASGLU>
colours = colormap(ax);
expectEqual(caxis(ax), [0, 1]);
expectEqual(get(findobj(ax, 'type', 'patch'), 'facecolor'), colours(end, :), 1e-12);
[ax, tidyToo] = draw([0, 1e-9; 0, 0], {}); %#ok<ASGLU>
expectEqual(get(findobj(ax, 'type', 'patch'), 'facecolor'), colours(1, :), 1e-8);
expectEqual(numel(findobj(get(ax, 'parent'), 'tag', 'colorbar')), 1);
[ax, last] = draw(zeros(2), {}); %#ok<ASGLU>
expectEqual(numel(findobj(get(ax, 'parent'), 'tag', 'colorbar')), 0);
end

function drawsIntoTheAxesGiven()
window = figure('visible', 'off');
tidy = onCleanup(@() close(window));
left = subplot(1, 2, 1);
right = subplot(1, 2, 2);
for times = 1:2  % the second drawing replaces the first
  expectEqual(plot_foci_graph([0, 1; 0, 0], {'a', 'b'}, left), left);
  expectEqual(plot_foci_graph(right, [0, 1; 1, 0]), right);
end
expectEqual(numel(findobj(left, 'type', 'patch')), 1);
expectEqual(numel(findobj(right, 'type', 'patch')), 2);
expectError(@() plot_foci_graph(zeros(2), {}, 'left'), 'lcodec:optionType');
end

function value = pick(condition, yes, no)
value = no;
if condition
  value = yes;
end
end

function refusesWhatIsNoGraph()
expectError(@() plot_foci_graph(), 'lcodec:missingInput');
expectError(@() plot_foci_graph(zeros(2, 3)), 'lcodec:notMatrix');
expectError(@() plot_foci_graph('text'), 'lcodec:notNumeric');
expectError(@() plot_foci_graph(zeros(2), {'one'}), 'lcodec:sizeMismatch');
end

function [ax, tidy] = draw(adjacency, names)
% Draw into a figure of its own, which closes with TIDY.
window = figure('visible', 'off');
tidy = onCleanup(@() close(window));
ax = plot_foci_graph(adjacency, names);
end
