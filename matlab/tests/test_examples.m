function tests = test_examples()
%TEST_EXAMPLES The examples run; help, Contents.m and functionSignatures.json tell the truth.
tests = {@wineIsComplete, @contentsListsThePublicFunctions, @contentsHasTheVersion, ...
         @signaturesCoverThePublicFunctions, @signaturesFollowTheSchema, ...
         @packageHasTheVersion, @liveScriptRuns, ...
         @() runs('getting_started', {'-0.0830', '0.8978'}), ...
         @() runs('foci_wine', {'flavanoids       adds 0.62', '2 1 3: 0.99 with color'}), ...
         @() runs('randomised_lcodec', {'T(bit, bit)   = 1.0000', 'LFOCI selects 4 2'})};
names = publicNames();
for k = 1:numel(names)
  tests = [tests, {@() hasHelpInTheHouseForm(names{k}), @() hasTrueSignature(names{k}), ...
                   @() isInTheTableOfTheDocs(names{k})}]; %#ok<AGROW>
end
end

function wineIsComplete()
data = dlmread(fullfile(home(), 'examples', 'data', 'wine.csv'), ',', 1, 0);
expectEqual(size(data), [178, 14]);
expectEqual([sum(data(:, 14) == 1), sum(data(:, 14) == 2), sum(data(:, 14) == 3)], [59, 71, 48]);
expectEqual(sum(data(:, 13)), 132947);
end

function contentsListsThePublicFunctions()
lines = regexp(contents(), '%   (\w+) +- \w', 'tokens');
expectEqual(strjoin(sort([lines{:}]), ' '), strjoin(publicNames(), ' '));
examples = dir(fullfile(home(), 'examples', '*.m'));
for example = examples'
  [~, name] = fileparts(example.name);
  expectTrue(~isempty(strfind(contents(), name)), ['Contents.m lacks the example ', name]);
end
end

function contentsHasTheVersion()
source = fileread(fullfile(home(), '..', 'python', 'lcodec', '__init__.py'));
version = regexp(source, '__version__ = .([\d.]+)', 'tokens', 'once');
said = regexp(contents(), '% Version (\S+) \d\d-[A-Z][a-z][a-z]-\d{4}\n', 'tokens', 'once');
expectEqual(said{1}, version{1});
end

function packageHasTheVersion()
% MATLAB's package manager (mpm) takes the name and the version from here.
package = jsondecode(fileread(fullfile(home(), 'resources', 'mpackage.json')));
version = regexp(contents(), '% Version (\S+) ', 'tokens', 'once');
expectEqual(package.version, version{1});
expectEqual(package.name, 'lcodec');
end

function liveScriptRuns()
% A live script of plain text: all that is no code is marked, and the appendix ends it.
file = fullfile(home(), 'doc', 'GettingStarted.m');
lines = strsplit(fileread(file), sprintf('\n'));
comments = lines(strncmp(lines, '%', 1));
forms = '^(%\[text\] \S.*|%%|%---|%\[\w+.*|%   data: .*)$';
expectTrue(all(~cellfun(@isempty, regexp(comments, forms))));
expectTrue(any(strcmp(lines, '%[appendix]{"version":"1.0"}')));
before = get(0, 'children');
visible = get(0, 'defaultfigurevisible');
tidy = onCleanup(@() closeNew(before, visible));
set(0, 'defaultfigurevisible', 'off');
printed = quietly(file);
expectTrue(~isempty(strfind(printed, 'column  7 adds 0.53, together 0.53')));
end

function signaturesCoverThePublicFunctions()
names = fieldnames(signatures());
expectEqual(strjoin(sort(names(2:end))', ' '), strjoin(publicNames(), ' '));
end

function signaturesFollowTheSchema()
% Kinds and types that MathWorks' schema knows; see JSON format for function signatures.
every = struct2cell(signatures());
expectEqual(every{1}, '1.0.0');
known = ['^(numeric|logical|char|string|cellstr|categorical|table|double|struct|', ...
         'function_handle|cell|scalar|row|column|vector|2d|square|integer|positive|>=0|>0|<1|', ...
         'choices=\{.*\}|', ...
         'matlab\.graphics\.axis\.Axes)$'];
for k = 2:numel(every)
  kinds = unique(field(every{k}.inputs, 'kind'));
  expectTrue(all(ismember(kinds, {'required', 'ordered', 'namevalue'})), 'unknown kind');
  types = flat([field(every{k}.inputs, 'type'), field(every{k}.outputs, 'type')]);
  expectTrue(~any(cellfun(@isempty, regexp(types, known, 'once'))), 'unknown type');
end
end

function runs(example, facts)
% The script prints the FACTS, draws, and is cut into cells.
file = fullfile(home(), 'examples', [example, '.m']);
expectTrue(numel(regexp(fileread(file), '(^|\n)%% \S')) >= 4, [example, ' should have cells']);
before = get(0, 'children');
visible = get(0, 'defaultfigurevisible');
tidy = onCleanup(@() closeNew(before, visible));
set(0, 'defaultfigurevisible', 'off');
printed = quietly(file);
expectTrue(numel(get(0, 'children')) > numel(before), [example, ' should draw']);
for fact = facts
  expectTrue(~isempty(strfind(printed, fact{1})), [example, ' should print ', fact{1}]);
end
end

function printed = quietly(file) %#ok<INUSD>
% A workspace of its own for the script.
printed = evalc('run(file)');
end

function closeNew(before, visible)
close(setdiff(get(0, 'children'), before));
set(0, 'defaultfigurevisible', visible);
end

function hasHelpInTheHouseForm(name)
% H1 line, sizes of all inputs, every option by name, and the closing sections.
source = fileread(which(name));
h1 = ['^function [^\n]*\<', name, '\([^\n]*\n%', upper(name), ' [A-Z][^\n]*\.\n'];
expectTrue(~isempty(regexp(source, h1, 'once')), [name, ' needs the line %NAME What it does.']);
text = strjoin(regexp(source, '^(%[^\n]*)$', 'match', 'lineanchors'), sprintf('\n'));
signature = signatureOf(name);
for k = 1:numel(signature.inputs)
  input = item(signature.inputs, k);
  if strcmp(input.kind, 'namevalue')
    wanted = ['''', input.name, ''''];
  else
    wanted = ['%     ', input.name, ' +\w+ x \w+  '];
  end
  expectTrue(~isempty(regexp(text, wanted, 'once')), [name, ' should describe ', input.name]);
end
sections = {'Inputs?', 'Outputs?', 'Example', 'Reference', 'See also'};
for section = sections
  expectTrue(~isempty(regexp(text, ['%   ', section{1}, '\>'], 'once')), ...
             [name, ' lacks the section ', section{1}]);
end
end

function isInTheTableOfTheDocs(name)
% docs/matlab.md has the call and the options.
signature = signatureOf(name);
inputs = field(signature.inputs, 'name');
named = strcmp(field(signature.inputs, 'kind'), 'namevalue');
outputs = strjoin(field(signature.outputs, 'name'), ', ');
if numel(signature.outputs) > 1
  outputs = ['[', outputs, ']'];
end
row = sprintf('| `%s = %s(%s)` | %s |', outputs, name, strjoin(inputs(~named), ', '), ...
              strjoin(cellfun(@(option) ['`', option, '`'], inputs(named), ...
                              'UniformOutput', false), ', '));
row = strrep(row, '|  |', '| |');
docs = fileread(fullfile(home(), '..', 'docs', 'matlab.md'));
expectTrue(~isempty(strfind(docs, row)), ['docs/matlab.md lacks: ', row]);
end

function hasTrueSignature(name)
% Inputs, outputs, options and choices are those of the code.
source = fileread(which(name));
signature = signatureOf(name);
head = regexp(source, '^function (?<outputs>.*?) = \w+\((?<inputs>.*?)\)', 'names', 'once');
outputs = regexprep(head.outputs, '[\[\]]', '');
expectSame(name, strjoin(field(signature.outputs, 'name'), ', '), outputs);
inputs = field(signature.inputs, 'name');
named = strcmp(field(signature.inputs, 'kind'), 'namevalue');
expectTrue(issorted(named), [name, ': named inputs should come last']);
expectSame(name, strjoin(inputs(~named), ', '), strrep(head.inputs, ', varargin', ''));

defaults = regexp(source, 'checkOptions\(varargin,\s*(\{.*?\}|\w+\(\))\);', 'tokens', 'once');
if isempty(defaults)
  expectTrue(~any(named), [name, ' has no options']);
  return
end
defaults = reshape(eval(defaults{1}), 2, []);
expectSame(name, strjoin(inputs(named), ' '), strjoin(defaults(1, :), ' '));
for pair = defaults(:, cellfun(@iscell, defaults(2, :)))
  input = item(signature.inputs, find(strcmp(inputs, pair{1})));
  texts = pair{2}(cellfun(@ischar, pair{2}));
  expectSame(name, choicesOf(input), strjoin(texts, ' '));
end
for pair = defaults(:, strcmp(defaults(1, :), 'response') & cellfun(@isempty, defaults(2, :)))
  expectSame(name, choicesOf(item(signature.inputs, find(strcmp(inputs, pair{1})))), ...
             'ordered nominal');
end
end

function texts = choicesOf(input)
% The texts that an option can be, with blanks between them.
texts = regexp(strjoin(flat({input.type}), ' '), 'choices=(\{.*?\})', 'tokens', 'once');
if isempty(texts)
  texts = {'{}'};
end
texts = strjoin(eval(texts{1}), ' ');
end

function types = flat(types)
% The texts in lists of lists, as a row.
while any(cellfun(@iscell, types))
  types = cellfun(@(type) reshape(cellstr(type), 1, []), types, 'UniformOutput', false);
  types = [types{:}];
end
end

function expectSame(name, actual, expected)
expectEqual([name, ': ', actual], [name, ': ', expected]);
end

function values = field(list, name)
% The field NAME of every object in a JSON list, as a row of texts.
values = cell(1, numel(list));
for k = 1:numel(list)
  entry = item(list, k);
  values{k} = entry.(name);
end
end

function value = item(list, k)
% jsondecode makes a cell or a struct array of a list, depending on its elements.
if iscell(list)
  value = list{k};
else
  value = list(k);
end
end

function signature = signatureOf(name)
every = signatures();
signature = every.(name);
end

function value = signatures()
value = jsondecode(fileread(fullfile(home(), 'resources', 'functionSignatures.json')));
end

function text = contents()
text = fileread(fullfile(home(), 'Contents.m'));
end

function names = publicNames()
% Every function of the folder; buildfile.m is MATLAB's build tool.
files = dir(fullfile(home(), '*.m'));
[~, names] = cellfun(@fileparts, {files.name}, 'UniformOutput', false);
names = sort(setdiff(names, {'Contents', 'buildfile'}));
end

function folder = home()
folder = fileparts(fileparts(mfilename('fullpath')));
end
