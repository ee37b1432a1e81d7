function varargout = dropIncomplete(name, missing, varargin)
%DROPINCOMPLETE Return matrices without the rows in which any of them has NaN, saying how many.
%   NAME is the argument to speak of when fewer than three rows are left.
varargout = varargin;
n = size(varargin{1}, 1);
keep = ~any(isnan([varargin{:}]), 2);
left = sum(keep);
if strcmp(missing, 'refuse') || left == n
  return
end
if left < 3
  refuse('lcodec:tooFewRows', '`%s` must have at least 3 rows without missing values, got %d', ...
         name, left);
end
warning('lcodec:rowsDropped', '%s', ...
        sprintf('dropped %d of %d rows, which have missing values', n - left, n));
for k = 1:numel(varargin)
  varargout{k} = varargin{k}(keep, :);
end
end
