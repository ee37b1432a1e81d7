function varargout = expectWarning(action, id)
%EXPECTWARNING Return what ACTION returns; fail unless its last warning is ID.
lastwarn('', '');
varargout = cell(1, max(1, nargout));
evalc('[varargout{:}] = action();');  % keeps the expected warning off the screen
[~, got] = lastwarn();
expectEqual(got, id);
end
