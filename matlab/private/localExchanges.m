function given = localExchanges(near, order, words)
%LOCALEXCHANGES The row whose response each row is given in each resample, n x B.
%   NEAR (n x k) lists the rows near each row, ORDER and WORDS come from permutations. Rows are
%   visited in that order. Each one not exchanged yet is exchanged with one of its near rows that
%   are not exchanged yet either, all with the same probability; it stays where it is when none is
%   left. So every response is used exactly once. One step for all resamples at a time.
[n, B] = size(order);
k = size(near, 2);
given = repmat((1:n)', 1, B);
free = true(n, B);
offset = (0:B - 1)' * n;
for step = 1:n
  i = order(step, :)';
  choices = near(i, :) + offset;
  isFree = reshape(free(choices), B, k);
  count = sum(isFree, 2) .* free(i + offset);  % whole numbers
  open = find(count);
  if isempty(open)
    continue
  end
  pick = floor(words(i + offset) .* count / 2^32);
  [~, at] = max(cumsum(isFree, 2) > pick, [], 2);  % whole numbers
  i = i(open) + offset(open);
  m = choices(open + (at(open) - 1) * B);
  given(i) = m - offset(open);
  given(m) = i - offset(open);
  free([i; m]) = false;
end
end
