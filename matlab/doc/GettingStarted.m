%[text] # Getting started with lcodec
%[text] `codec` measures how much a response depends on some variables, whatever the shape of the relation. `foci` selects the variables that matter. Neither needs a model, tuning or a toolbox.
%%
%[text] ## Data
%[text] 13 chemical measurements of 178 wines from one region of Italy, and the cultivar of the grape: 1, 2 or 3.
folder = fileparts(which('codec'));
data = dlmread(fullfile(folder, 'examples', 'data', 'wine.csv'), ',', 1, 0);
X = data(:, 1:13);
cultivar = data(:, 14);
%%
%[text] ## How much does one measurement say?
%[text] The value is near 0 when the cultivar is independent of the flavanoids (column 7), and 1 when it is a function of them.
fprintf('T = %.2f\n', codec(cultivar, X(:, 7), 'response', 'nominal'));
%%
%[text] ## Could that be chance?
[~, pvalue] = codec_test(cultivar, X(:, 7), 'response', 'nominal');
fprintf('p = %.3f\n', pvalue);
%%
%[text] ## Which measurements together?
%[text] Each score says how much a column adds to those before it; the selection stops by itself.
[selected, scores, info] = foci(X, cultivar, 'response', 'nominal');
fprintf('column %2d adds %.2f, together %.2f\n', [selected; scores; info.cumulative]);
bar(info.cumulative);
set(gca(), 'xticklabel', arrayfun(@num2str, selected, 'UniformOutput', false));
xlabel('column, in the order of selection');
ylabel('share of the cultivar that is explained');
%%
%[text] ## Where to go on
%[text] - `help codec`, `help foci` and so on; `Contents.m` beside `codec.m` lists all functions
%[text] - the scripts in the folder `examples`

%[appendix]{"version":"1.0"}
%---
%[metadata:view]
%   data: {"layout":"inline"}
%---
