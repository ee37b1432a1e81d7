function options = readOptions(pairs, defaults)
%READOPTIONS Read name-value PAIRS into a struct that starts as DEFAULTS.
%   Names are compared without regard to case and underscores.
options = defaults;
known = fieldnames(defaults);
plain = strrep(known, '_', '');
for k = 1:2:numel(pairs)
  name = pairs{k};
  if isstring(name) && isscalar(name)
    name = char(name);
  end
  if ~ischar(name)
    refuse('lcodec:optionName', 'option names must be text, got %s', describeValue(name));
  end
  at = find(strcmp(strrep(lower(name), '_', ''), plain));
  if isempty(at)
    distance = cellfun(@(option) edits(lower(name), option), known);
    [~, nearest] = min(distance);
    refuse('lcodec:unknownOption', 'unknown option `%s`; the nearest known one is `%s`', ...
           name, known{nearest});
  end
  if k == numel(pairs)
    refuse('lcodec:optionName', 'option `%s` has no value', name);
  end
  options.(known{at}) = pairs{k + 1};
end
end

function distance = edits(a, b)
% Levenshtein distance: insertions, deletions and substitutions that turn a into b.
row = 0:numel(b);
for i = 1:numel(a)
  diagonal = row(1);
  row(1) = i;
  for j = 1:numel(b)
    replaced = diagonal + (a(i) ~= b(j));
    diagonal = row(j + 1);
    row(j + 1) = min([row(j + 1) + 1, row(j) + 1, replaced]);
  end
end
distance = row(end);
end
