function values = tieMeans(sets, labels)
%TIEMEANS Mean of min(labels(i, b), labels(m, b)) over the tie set of each row i, n x B.
%   SETS comes from tieSets; LABELS are n x B whole numbers.
[n, B] = size(labels);
values = zeros(n, B);
if ~sets.stored
  for b = 1:B
    values(:, b) = tieValues(labels(:, b), sets.columns(:, 1:end - 1), sets.weights(1:end - 1), ...
                             sets.columns(:, end), sets.weights(end), 0, 0, ...
                             struct('ties', sets.ties, 'seed', 0));
  end
  return
end
listed = find(sets.group == 0);
if ~isempty(listed)
  sums = min(labels(sets.owner, :), labels(sets.member, :));
  stop = sets.stop(listed);
  counts = diff([0; stop]);
  if sets.listed > numel(listed)
    upTo = [zeros(1, B); cumsum(sums, 1)];
    sums = upTo(stop + 1, :) - upTo(stop - counts + 1, :);
  end
  values(listed, :) = sums ./ counts;
end
rows = find(sets.group > 0);
if ~isempty(rows)
  % in each group by label, the sum of minima over a member's fellows is a prefix sum
  [sorted, at] = sort(sets.group(rows) * (n + 1) + labels(rows, :), 1);
  owner = sort(sets.group(rows));
  sorted = sorted - owner * (n + 1);
  starts = find([true; diff(owner) > 0]);
  sizes = diff([starts; numel(rows) + 1]);
  own = cumsum([true; diff(owner) > 0]);
  upTo = cumsum(sorted, 1);
  before = upTo - sorted;
  before = before - before(starts(own), :);
  others = sizes(own) - 1;
  place = (1:numel(rows))' - starts(own);
  values(rows(at) + (0:B - 1) * n) = (before + sorted .* (others - place)) ./ others;
end
end
