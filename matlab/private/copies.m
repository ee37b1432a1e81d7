function found = copies(X, given, selected)
%COPIES Those of the columns SELECTED that are copies of one before, selected or GIVEN.
%   A copy is a + b times the other, b not 0, up to rounding. Some rows rule out most pairs.
found = zeros(1, 0);
sizes_ = max(abs(X), [], 1);
n = size(X, 1);
chosen = given(:)';
for number = selected
  [~, low] = min(X(:, number));
  [~, high] = max(X(:, number));
  if ~isempty(chosen)
    some = [low, high, 1 + floor((0:13) * ((n - 1) / 13))];
    like = chosen(fits(X(some, number), X(some, chosen), sizes_(number), sizes_(chosen)));
    every = [low, high, 1:n];
    if any(arrayfun(@(k) fits(X(every, number), X(every, k), sizes_(number), sizes_(k)), like))
      found(end + 1) = number;  %#ok<AGROW>
    end
  end
  chosen(end + 1) = number;  %#ok<AGROW>
end
end

function answer = fits(new, others, size_, sizes_)
% Whether each of OTHERS (m x k) is a line through its first two rows as a function of NEW.
rise = others(2, :) - others(1, :);
slope = rise ./ (new(2) - new(1));
line_ = others(1, :) + slope .* (new - new(1));
error_ = max(abs(others - line_), [], 1);
rounding = 2^-49 * (sizes_ + abs(slope) * size_);
clear_ = rise ~= 0 & rounding <= 2^-20 * abs(rise);  % both vary beyond rounding
answer = clear_ & error_ <= rounding;
end
