function expectTrue(condition, what)
%EXPECTTRUE Fail with WHAT unless CONDITION holds.
if ~condition
  error('lcodec:testFailed', '%s', what);
end
end
