function [selected, scores, info] = selectColumns(X, y, options)
%SELECTCOLUMNS The greedy selection behind FOCI and LFOCI; see FOCI for its outputs.
weights = columnWeights(X, options.standardize, 'X', 0);
response = rankResponse(y);
constant = max(X, [], 1) == min(X, [], 1);
skipped = find(constant);
candidates = find(~constant);
warnConstantColumns(skipped, 'X');
if response.sumSpread == 0
  warnConstantResponse();
end

selected = zeros(1, 0);
scores = zeros(1, 0);
cumulative = zeros(1, 0);
current = zeros(size(y));  % min(R_i, R_N(i)) with N nearest in the selected columns
remaining = response.sumSpread;  % the denominator: 0 when y is determined by them
while true
  reason = reasonToEnd(remaining, candidates, selected, options.max_features);
  if ~isempty(reason)
    break
  end
  sums = inOrderSum(values(candidates) - current);
  [best, at] = max(sums);  % the first of equal sums: the lowest column
  if isempty(selected)
    gain = unconditional(best, response);
  else
    gain = best / remaining;
  end
  if options.stop && gain <= 0
    reason = 'no_gain';
    break
  end
  winner = candidates(at);
  current = values(winner);
  selected(end + 1) = winner;  %#ok<AGROW>
  scores(end + 1) = gain;  %#ok<AGROW>
  cumulative(end + 1) = unconditional(inOrderSum(current), response);  %#ok<AGROW>
  candidates(at) = [];
  remaining = inOrderSum(response.atMost - current);
end
info = struct('cumulative', cumulative, 'stop_reason', reason, 'skipped', skipped);

function out = values(numbers)
  out = tieValues(response.atMost, X(:, selected), weights(selected), X(:, numbers), ...
                  weights(numbers), numbers - 1, numel(selected), options);
end

end

function reason = reasonToEnd(remaining, candidates, selected, limit)
reason = '';
if remaining == 0
  reason = 'determined';
elseif isempty(candidates)
  reason = 'exhausted';
elseif numel(selected) == limit
  reason = 'max_features';
end
end
