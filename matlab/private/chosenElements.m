function element = chosenElements(counts, needed, rows, ids, step, options)
%CHOSENELEMENTS The elements, from 0, that count of each row's tie set, q x K; not for 'average'.
%   COUNTS are the sizes of the sets, NEEDED how many elements are asked for; the first so many of a
%   row's K = max(needed) are meant. By options.ties these are the first ones, or the first of a
%   random order: element t is exchanged with one of those from t on, for t = 0, 1, ... What stands
%   past a row's NEEDED ones means nothing.
K = max(needed);
q = numel(rows);
element = repmat(0:K - 1, q, 1);
if strcmp(options.ties, 'first')
  return
end
place = zeros(q, K);  % the exchanges: so far, what stood at t stands at PLACE(:, t + 1)
moved = zeros(q, K);
for t = 0:K - 1
  if mod(t, 4) == 0
    words = tieWords(rows, ids, step, t / 4, options.seed);
  end
  other = t + floor(words(:, mod(t, 4) + 1) .* max(counts - t, 1) / 2^32);
  element(:, t + 1) = standsAt(other, place(:, 1:t), moved(:, 1:t));
  moved(:, t + 1) = standsAt(t + zeros(q, 1), place(:, 1:t), moved(:, 1:t));
  place(:, t + 1) = other;
end
end

function element = standsAt(wanted, place, moved)
% What the last exchange with the place WANTED put there, or the element that has always been there.
if isempty(place)
  element = wanted;
  return
end
[last, at] = max((place == wanted) .* (1:size(place, 2)), [], 2);
element = wanted;
is = find(last > 0);
element(is) = moved(is + (at(is) - 1) * numel(wanted));
end
