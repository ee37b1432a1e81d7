function values = resolveTies(labels, rows, ids, owner, member, nearer, step, options)
%RESOLVETIES Mean gain of each row i of ROWS over its K = options.n_neighbors nearest rows.
%   They are pairs: row MEMBER(e) is one of them for ROWS(OWNER(e)), or is as near as the K-th and
%   stands in its tie set, where not NEARER(e). Every row has K pairs at least, fewer than K of them
%   nearer, and no pair comes twice. NEARER may be [] where none is. options.ties says which of a
%   tie set count; IDS are the numbers of the rows' columns, for random ties.
K = options.n_neighbors;
q = numel(rows);
sure = zeros(q, 1);
needed = repmat(K, q, 1);  % of the tie sets
if ~isempty(nearer) && any(nearer)
  own = owner(nearer);
  gains = gainOf(labels(rows(own)), labels(member(nearer)), options.classes);
  sure = accumarray(own, gains, [q, 1]);  % whole numbers
  needed = K - accumarray(own, 1, [q, 1]);  % whole numbers
  owner = owner(~nearer);
  member = member(~nearer);
end
counts = accumarray(owner, 1, [q, 1]);  % whole numbers
if strcmp(options.ties, 'average')
  gains = gainOf(labels(rows(owner)), labels(member), options.classes);
  tied = accumarray(owner, gains, [q, 1]);  % whole numbers
  values = (needed .* tied ./ counts + sure) / K;
  return
end
n = numel(labels);
key = sort((owner - 1) * n + member);
member = key - floor((key - 1) / n) * n;  % ascending for each row
starts = cumsum(counts) - counts;  % whole numbers
element = chosenElements(counts, needed, rows, ids, step, options);
for t = 1:size(element, 2)
  some = find(needed >= t);
  other = labels(member(starts(some) + 1 + element(some, t)));
  sure(some) = sure(some) + gainOf(labels(rows(some)), other, options.classes);
end
values = sure / K;
end
