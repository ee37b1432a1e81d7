function requireScale(good, name)
%REQUIRESCALE Refuse the argument NAME if one of its columns is not GOOD (1 x p).
bad = find(~good, 1);
if ~isempty(bad)
  fail('lcodec:badScale', ...
       ['`%s` must have squared differences and variances that double precision can hold, ' ...
        'got a column (number %d, counting from 1) that does not; rescale it'], name, bad);
end
end
