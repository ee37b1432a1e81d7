function value = xiOf(x, response, options)
%XIOF Chatterjee's correlation from checked values of x and the ranks of y; NaN for constant y.
n = numel(x);
if response.sumSpread == 0
  value = NaN;
  return
end
[~, ~, group] = unique(x);
group = group(:);
if strcmp(options.ties, 'random')
  purpose = constants();
  words = philox4x32([(0:n - 1)', repmat([0, 0, purpose.TIES], n, 1)], options.seed);
  [~, order] = sortrows([group, words(:, 1)]);
  total = sum(abs(diff(response.labels(order))));  % whole numbers
else
  total = expectedTotal(response.labels, group);
end
value = 1 - n * total / (2 * response.sumSpread);
end

function total = expectedTotal(ranks, group)
% Mean of sum |r_{i+1} - r_i| over all orders of the rows inside each group. A group of g rows has
% g - 1 adjacent pairs, each one of the g (g - 1)/2 pairs at random; the last row of a group and
% the first of the next are any pair of the two groups. All sums over pairs are whole; terms are
% added in the order of the rows, one division each.
sizes = accumarray(group, 1);  % whole numbers
k = numel(sizes);
within = pairSums(ranks, group);
% pairs across groups k and k + 1: those of their union, less those inside each
left = group < k;
right = group > 1;
union_ = pairSums([ranks(left); ranks(right)], [group(left); group(right) - 1]);
across = union_ - within(1:end - 1, :) - within(2:end, :);
terms = zeros(2 * k - 1, 1);
terms(1:2:end) = 2 * rounded(within) ./ sizes;
terms(2:2:end) = rounded(across) ./ (sizes(1:end - 1) .* sizes(2:end));
total = leftToRightSum(terms);
end

function sums = pairSums(ranks, group)
% Sum of |r_a - r_b| over the unordered pairs inside each group. In ascending order, the rank at
% place t of g is subtracted g - 1 - t times and added t times. The sums reach 2^62: each is a row
% [high, low], high * 2^21 + low, and both parts are exact.
if isempty(group)
  sums = zeros(0, 2);
  return
end
sorted = sortrows([group, ranks]);
owner = sorted(:, 1);
sizes = accumarray(owner, 1);  % whole numbers
starts = cumsum(sizes) - sizes;  % whole numbers
place = (0:numel(owner) - 1)' - starts(owner);
signed = (2 * place - sizes(owner) + 1) .* sorted(:, 2);
high = floor(signed / 2^21);
sums = [accumarray(owner, high), accumarray(owner, signed - high * 2^21)];  % whole numbers
end

function value = rounded(sums)
value = sums(:, 1) * 2^21 + sums(:, 2);
end
