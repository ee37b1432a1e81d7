function near = nearestName(name, known)
%NEARESTNAME The known name that few slips of the keyboard turn into NAME, or an empty text.
near = '';
if ~isempty(known)
  [distance, at] = min(cellfun(@(option) edits(lower(name), lower(option)), known));
  if distance <= min(3, floor(numel(name) / 2))
    near = known{at};
  end
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
