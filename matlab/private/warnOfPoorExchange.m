function warnOfPoorExchange(response, z, near, options)
%WARNOFPOOREXCHANGE Warn where exchanged responses resemble those of near rows much less.
%   A real response then depends on x more than an exchanged one, and z, which depends on x too,
%   tells more about it. So both have to lose: the column of z that loses most counts. NEAR (n x k)
%   lists the rows near each row, OPTIONS are those of codec_test.
number = constants();
[order, words] = permutations(numel(response.atMost), ...
                              0:min(options.n_resamples, number.LOOKED_AT) - 1, options.seed);
exchanges = localExchanges(near, order, words);
ofY = nearCorrelations(response.atMost, near, exchanges);
ofZ = zeros(size(z, 2), 2);
for k = 1:size(z, 2)
  ranked = responseOf(z(:, k));
  ofZ(k, :) = nearCorrelations(ranked.atMost, near, exchanges);
end
[lostByZ, most] = max(ofZ(:, 1) - ofZ(:, 2));
bound = number.POOR * min(1, sqrt(sqrt(number.LARGE / numel(response.atMost))));
if min(ofY(1) - ofY(2), lostByZ) > bound
  warn('lcodec:poorExchange', [ofY, ofZ(most, :)]);
end
end

function pair = nearCorrelations(atMost, near, exchanges)
% The rank correlation of rows and those near them, before and after exchanges.
number = constants();
[n, k] = size(near);
B = size(exchanges, 2);
scaled = floor(atMost * number.SCALE / n);
ranks = scaled - floor(sum(scaled) / n);  % whole numbers
square = sum(ranks.^2) * k;  % whole numbers
pair = [0, 0];
if square > 0
  after = 0;
  for b = 1:B
    after = after + products(ranks(exchanges(:, b)), near);
  end
  pair = [products(ranks, near) / square, after / (square * B)];
end
end

function total = products(values, near)
others = reshape(values(near), size(near));
total = sum(values .* sum(others, 2));  % whole numbers
end
