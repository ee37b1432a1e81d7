function varargout = size(value, varargin)
%SIZE Rows and variables of a table.
rows = 0;
if ~isempty(value.variables)
  rows = size(value.variables{1}, 1);
end
[varargout{1:max(1, nargout)}] = size(zeros(rows, numel(value.names)), varargin{:});
end
