%% Which measurements tell three grapes apart?
% FOCI selects the variables that a response depends on, one after the other, and stops by itself.
% Here it does so for 178 wines from one region of Italy.
%
% lcodec must be on the path: |addpath| with the folder of |codec.m|, or |pkg load lcodec| in
% GNU Octave.

%% The data
% 13 chemical measurements of each wine, and the cultivar of its grape: 1, 2 or 3. Source:
% M. Forina et al., PARVUS, by way of the UCI Machine Learning Repository. The file was exported
% from the copy in scikit-learn (|load_wine|); only the header and the numbering of the cultivars
% (from 1) were changed.
file = fullfile(fileparts(which('codec')), 'examples', 'data', 'wine.csv');
stream = fopen(file);
names = strsplit(fgetl(stream), ',');
fclose(stream);
data = dlmread(file, ',', 1, 0);
X = data(:, 1:13);
cultivar = data(:, 14);

%% Selection
% The measurements have different units, which does not matter: FOCI divides every column by its
% standard deviation. Each score says how much a column adds to the ones before it.
[selected, scores, info] = foci(X, cultivar);
for k = 1:numel(selected)
  fprintf('%-16s adds %.2f, together %.2f\n', ...
          names{selected(k)}, scores(k), info.cumulative(k));
end
fprintf('stopped because: %s\n', info.stop_reason);

%% How much four measurements explain
% The cumulative coefficient T(Y, X_S) is 1 when the selected columns decide the cultivar.
figure;
bar(info.cumulative, 0.6);
set(gca, 'XTick', 1:numel(selected), 'XTickLabel', strrep(names(selected), '_', ' '));
ylim([0, 1]);
ylabel('T(cultivar, selected so far)');
title('FOCI on 178 wines');

%% The first two of them
figure;
scatter(X(:, selected(1)), X(:, selected(2)), 25, cultivar, 'filled');
xlabel(strrep(names{selected(1)}, '_', ' '));
ylabel(strrep(names{selected(2)}, '_', ' '));
title('Colour: cultivar');

%% A word of care
% CODEC ranks the response, so the numbers that stand for the cultivars matter: another numbering
% asks a slightly different question and can select other columns. What each selection finds
% is still enough to tell the cultivars apart. For unordered classes, compare a few numberings.
for numbering = [1, 2, 3; 1, 3, 2; 2, 1, 3]'
  [chosen, ~, details] = foci(X, numbering(cultivar));
  fprintf('%d %d %d: %.2f with %s\n', numbering, details.cumulative(end), ...
          strjoin(names(chosen), ', '));
end

%% The graph of all measurements
% FOCI_GRAPH takes every measurement as the response in turn. An arrow leads from each selected
% column to the response, and is the wider the more it adds.
[adjacency, details] = foci_graph(X, 'max_features', 2);
figure;
plot_foci_graph(adjacency, strrep(names(1:13), '_', ' '));
title('The two measurements that say most about each one');
