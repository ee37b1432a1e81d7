function expectMessage(action, id, message)
%EXPECTMESSAGE Fail unless ACTION raises the error ID with MESSAGE.
try
  action();
catch problem
  expectEqual(problem.identifier, id);
  expectEqual(problem.message, message);
  return
end
error('lcodec:testFailed', 'expected the error %s, got none', id);
end
