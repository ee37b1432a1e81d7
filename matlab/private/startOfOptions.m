function [value, pairs] = startOfOptions(value, pairs, mayBeText)
%STARTOFOPTIONS Let a text in the place of an optional argument be the name of the first option.
%   codec(y, z, 'ties', 'random') is codec(y, z, [], 'ties', 'random'). Where the argument may be a
%   text itself (MAYBETEXT), the number of arguments after it tells: they come in pairs.
if nargin < 3
  mayBeText = false;
end
if isText(value) && (~mayBeText || mod(numel(pairs), 2) == 1)
  pairs = [{char(value)}, pairs];
  value = [];
end
end
