function options = checkOptions(pairs, defaults)
%CHECKOPTIONS Read the name-value PAIRS of a call into a struct, and check every option.
%   DEFAULTS lists the options that the function has: name, default, name, default, ... A cell is
%   a choice, and its first entry the default. options.classes is whether the response is one of
%   classes. Names are compared without regard to case and underscores. 'given' is left to
%   readFeatures, which knows the columns.
known = defaults(1:2:end);
choices = defaults(2:2:end);
isChoice = cellfun(@iscell, choices);
values = choices;
values(isChoice) = cellfun(@(list) list{1}, choices(isChoice), 'UniformOutput', false);
options = readPairs(pairs, cell2struct(values, known, 2));
last = strcmp(known, 'missing');  % as in Python, where it is checked with the data
least = 1 + any(strcmp(known, 'subsample_size'));  % resamples; a variance needs two
for k = [find(~last), find(last)]
  options.(known{k}) = check(options.(known{k}), known{k}, choices{k}, least);
end
options.classes = isfield(options, 'response') && strcmp(options.response, 'nominal');
end

function options = readPairs(pairs, options)
known = fieldnames(options);
plain = strrep(known, '_', '');
for k = 1:2:numel(pairs)
  name = pairs{k};
  if ~isText(name)
    fail('lcodec:optionName', 'option names must be text, got %s', describe(name));
  end
  name = char(name);
  at = find(strcmp(strrep(lower(name), '_', ''), plain));
  if isempty(at)
    fail('lcodec:unknownOption', 'unknown option `%s`; %s', name, insteadOf(name, known'));
  end
  if k == numel(pairs)
    fail('lcodec:optionName', 'option `%s` has no value', name);
  end
  options.(known{at}) = pairs{k + 1};
end
end

function value = check(value, name, choices, least)
% Return the value of the option NAME, checked and in the form that the code works with.
number = constants();
value = gathered(value);
absent = isnumeric(value) && isempty(value);
switch name
  case {'ties', 'method'}
    if ~(absent && isempty(choices{1}))
      value = choice(value, name, choices(~cellfun(@isempty, choices)));
    end
  case 'standardize'
    if absent
      value = 'none';
    end
    value = choice(value, name, {'none', 'std', 'range'});
  case 'missing'
    value = choice(value, name, {'refuse', 'drop'});
  case 'seed'
    value = wholeNumber(value, name, 0);
  case {'draws', 'n_exchanges', 'shuffle_neighbors'}
    value = wholeNumber(value, name, 1);
  case 'n_resamples'
    value = wholeNumber(value, name, least);
  case 'max_exceedances'
    if absent
      value = [];
    else
      value = wholeNumber(value, name, 1);
    end
  case 'n_neighbors'
    if isText(value) && strcmpi(char(value), 'auto')
      value = number.AUTO;
    else
      value = wholeNumber(value, name, 1, number.MOST_NEIGHBORS, ' or ''auto''');
    end
  case 'subsample_size'
    if absent
      value = [];
    else
      value = wholeNumber(value, name, number.LEAST_SUBSAMPLE);
    end
  case 'level'
    value = fraction(value, name);
  case {'sigma', 'min_gain'}
    value = nonnegative(value, name);
  case 'stop'
    if iscell(choices)
      value = stopping(value);
    else
      value = flag(value, name);
    end
  case {'level', 'fraction'}
    value = fraction(value, name);
  case 'max_features'
    if absent
      value = Inf;
    elseif ~isInfinite(value)
      value = wholeNumber(value, name, 1);
    end
  case 'n_jobs'  % MATLAB's own threads do the work, so that nothing depends on it
    if ~absent && wholeNumber(value, name, -number.MAX_SEED) == 0
      fail('lcodec:optionRange', '%s', ...
           '`n_jobs` must be positive, or negative to count down from all processors, got 0');
    end
  case 'memory_limit'
    if absent
      value = machineMemory() / 4;
    elseif ~isInfinite(value)
      value = wholeNumber(value, name, number.LEAST_MEMORY);
    end
  case 'progress'
    value = progress(value, choices);
  case 'response'
    value = response(value, absent, choices);
end
end

function value = response(value, absent, choices)
% 'ordered', the statement that larger numbers mean more, 'nominal' for classes, or []. A function
% that goes by the order of y has CHOICES without the latter.
if absent
  value = [];
elseif ~iscell(choices)
  value = choice(value, 'response', {'ordered', 'nominal'});
elseif isText(value) && strcmpi(char(value), 'nominal')
  fail('lcodec:optionValue', '%s', ...
       ['`response` cannot be ''nominal'' here, where the order of `y` is all that counts; ', ...
        '`codec` takes classes']);
else
  value = choice(value, 'response', {'ordered'});
end
end

function value = choice(value, name, allowed)
% One of the texts ALLOWED, without regard to case.
at = [];
if isText(value)
  at = find(strcmpi(char(value), allowed));
end
if isempty(at)
  listed = sprintf('''%s'', ', allowed{:});
  fail('lcodec:optionValue', '`%s` must be one of %s, got %s', ...
       name, listed(1:end - 2), describe(value));
end
value = allowed{at};
end

function value = wholeNumber(value, name, minimum, maximum, other)
% A whole number from MINIMUM to MAXIMUM, 2^53 - 1 by default; logicals are not numbers.
% OTHER says what an error names beside whole numbers.
if nargin < 4
  number = constants();
  maximum = number.MAX_SEED;
end
if nargin < 5
  other = '';
end
if ~isNumber(value) || double(value) ~= floor(double(value))
  fail('lcodec:optionType', '`%s` must be a whole number%s, got %s', name, other, describe(value));
end
value = double(value);
if value < minimum
  fail('lcodec:optionRange', '`%s` must be at least %d, got %s', name, minimum, describe(value));
end
if value > maximum
  fail('lcodec:optionRange', '`%s` must be at most %d, got %s', name, maximum, describe(value));
end
end

function value = nonnegative(value, name)
if ~isNumber(value)
  fail('lcodec:optionType', '`%s` must be a number, got %s', name, describe(value));
end
value = double(value);
if ~(value >= 0 && value < Inf)
  fail('lcodec:optionRange', '`%s` must be finite and at least 0, got %s', name, describe(value));
end
end

function value = fraction(value, name)
% A number above 0 and below 1.
if ~isNumber(value)
  fail('lcodec:optionType', '`%s` must be a number, got %s', name, describe(value));
end
value = double(value);
if ~(value > 0 && value < 1)
  fail('lcodec:optionRange', '`%s` must be above 0 and below 1, got %s', name, describe(value));
end
end

function value = stopping(value)
% A truth value, or 'test'; 'gain' is true.
if isText(value) && strcmpi(char(value), 'test')
  value = 'test';
elseif isText(value) && strcmpi(char(value), 'gain')
  value = true;
elseif isFlag(value)
  value = logical(value);
else
  fail('lcodec:optionType', '`stop` must be true, false, ''gain'' or ''test'', got %s', ...
       describe(value));
end
end

function value = flag(value, name)
% A truth value: true, false, 1 or 0.
if ~isFlag(value)
  fail('lcodec:optionType', '`%s` must be true or false, got %s', name, describe(value));
end
value = logical(value);
end

function answer = isFlag(value)
answer = isscalar(value) && (islogical(value) || (isNumber(value) && any(value == [0, 1])));
end

function answer = isInfinite(value)
% Positive infinity stands for no limit.
answer = isNumber(value) && value == Inf;
end

function answer = isNumber(value)
answer = isnumeric(value) && isscalar(value) && isreal(value);
end

function report = progress(value, choices)
% A function of (step, scored, candidates), or of (run, done, runs); CHOICES may have the function
% that true stands for.
if isa(value, 'function_handle')
  report = value;
elseif isFlag(value)
  report = @(step, scored, candidates) [];
  if value && iscell(choices)
    report = choices{2};
  elseif value
    report = @printStep;
  end
else
  fail('lcodec:optionType', '`progress` must be true, false or a function, got %s', ...
       describe(value));
end
end

function printStep(step, scored, candidates)
% One line when all candidates of a step are scored.
if scored == candidates
  fprintf('step %d: %d candidates scored\n', step, candidates);
end
end

function bytes = machineMemory()
% MATLAB's function memory is there on Windows only; 4 GiB where nothing tells.
bytes = 2^32;
try
  [~, system] = memory();
  bytes = system.PhysicalMemory.Total;
catch
  if exist('/proc/meminfo', 'file')
    total = regexp(fileread('/proc/meminfo'), 'MemTotal:\s+(\d+) kB', 'tokens', 'once');
    bytes = 1024 * str2double(total{1});
  end
end
end
