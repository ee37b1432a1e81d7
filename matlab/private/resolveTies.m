function values = resolveTies(labels, rows, ids, owner, member, step, options)
%RESOLVETIES min(labels(i), labels(m)) of each row i of ROWS over its tie set, by options.ties.
%   Tie sets are pairs: row MEMBER(e) belongs to that of ROWS(OWNER(e)). Every row has one at least,
%   and no pair comes twice. IDS are the numbers of the rows' columns, for random ties.
n = numel(labels);
key = (owner - 1) * n + member;
if ~issorted(key)
  key = sort(key);
  owner = floor((key - 1) / n) + 1;
  member = key - (owner - 1) * n;
end
starts = find([true; diff(owner) > 0]);
counts = diff([starts; numel(owner) + 1]);
if strcmp(options.ties, 'average')
  upTo = cumsum(min(labels(rows(owner)), labels(member)));  % whole numbers
  values = diff([0; upTo(starts + counts - 1)]) ./ counts;
else
  element = zeros(size(counts));
  if strcmp(options.ties, 'random')
    element = randomElement(counts, rows, ids, step, options.seed);
  end
  values = min(labels(rows), labels(member(starts + element)));
end
end
