function requireScale(good, name, names)
%REQUIRESCALE Refuse the argument NAME if one of its columns, of NAMES or {}, is not GOOD (1 x p).
bad = find(~good, 1);
if ~isempty(bad)
  column = sprintf('number %d, counting from 1', bad);
  if ~isempty(names)
    column = ['`', names{bad}, '`'];
  end
  fail('lcodec:badScale', ...
       ['`%s` must have squared differences and variances that double precision can hold, ' ...
        'got a column (%s) that does not; rescale it'], name, column);
end
end
