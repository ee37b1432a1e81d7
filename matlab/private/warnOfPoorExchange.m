function warnOfPoorExchange(response, z, near, options, name)
%WARNOFPOOREXCHANGE Warn where exchanged responses resemble those of near rows much less.
%   A real response then depends on x more than an exchanged one, and z, which depends on x too,
%   tells more about it. So both have to lose: the column of z that loses most counts. NEAR (n x k)
%   lists the rows near each row, OPTIONS are those of codec_test; users know z as NAME.
number = constants();
[order, words] = permutations(numel(response.labels), ...
                              0:min(options.n_resamples, number.LOOKED_AT) - 1, options.seed);
exchanges = localExchanges(near, order, words);
if options.classes
  ofY = nearAgreements(response, near, exchanges);
else
  ofY = nearCorrelations(response.labels, near, exchanges);
end
ofZ = zeros(size(z, 2), 2);
for k = 1:size(z, 2)
  ranked = responseOf(z(:, k));
  ofZ(k, :) = nearCorrelations(ranked.labels, near, exchanges);
end
[lostByZ, most] = max(ofZ(:, 1) - ofZ(:, 2));
bound = number.POOR * min(1, sqrt(sqrt(number.LARGE / numel(response.labels))));
if min(ofY(1) - ofY(2), lostByZ) > bound
  wayOut = ['residuals of `y` and `', name, '` on `x` (in Python `adjust`), '];
  texts = {'the rank correlation', '', wayOut};
  if options.classes  % which have no residuals
    texts = {'the agreement', 'the rank correlation ', ''};
  end
  warn('lcodec:poorExchange', texts{1}, ofY, texts{2}, ofZ(most, :), name, texts{3});
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

function pair = nearAgreements(response, near, exchanges)
% How often near rows are of one class, before and after exchanges: 0 for chance, 1 for always.
pair = [agreement(response.labels, response, near), ...
        agreement(response.labels(exchanges), response, near)];
end

function value = agreement(labels, response, near)
% LABELS (n x B) are those of the rows, or exchanged ones.
[n, k] = size(near);
B = size(labels, 2);
equal = 0;
for b = 1:B
  own = labels(:, b);
  equal = equal + nnz(own == reshape(own(near), n, k));
end
value = (equal * (n - 1) - B * k * response.sumSquare) / (B * k * response.sumSpread);
end
