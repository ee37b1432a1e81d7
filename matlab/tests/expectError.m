function expectError(action, id)
%EXPECTERROR Fail unless ACTION raises the error ID.
try
  action();
catch problem
  expectEqual(problem.identifier, id);
  return
end
error('lcodec:testFailed', 'expected the error %s, got none', id);
end
