function varargout = size(value, varargin)
%SIZE The size of the array.
[varargout{1:max(1, nargout)}] = size(value.numbers, varargin{:});
end
