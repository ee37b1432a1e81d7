function varargout = expectWarning(action, id)
%EXPECTWARNING Return what ACTION returns; fail unless its last warning is ID.
state = warning();
cleanup = onCleanup(@() warning(state));
warning('on', 'lcodec:fewValues');  % run_tests has these off
warning('on', 'lcodec:tinyDifferences');
lastwarn('', '');
varargout = cell(1, max(1, nargout));
evalc('[varargout{:}] = action();');  % keeps the expected warning off the screen
[~, got] = lastwarn();
expectEqual(got, id);
end
