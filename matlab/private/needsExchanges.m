function needsExchanges(options, name)
%NEEDSEXCHANGES Refuse so few exchanges, an option NAME, that no column could be significant.
if ischar(options.stop) && 1 / (1 + options.(name)) > options.level
  fail('lcodec:optionRange', ['`%s` must be at least 1/`level` - 1, so that a p-value can be ', ...
                              'within it, got %d'], name, options.(name));
end
end
