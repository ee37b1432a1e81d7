function tests = test_plot_foci_graph()
%TEST_PLOT_FOCI_GRAPH What is drawn for a graph, and what is refused.
tests = {@drawsArrowsAndNames, @pointsToTheResponse, @widthIsTheCoefficient, ...
         @numbersWithoutNames, @drawsAnySize, @refusesWhatIsNoGraph};
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
