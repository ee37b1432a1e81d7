function count = tileSize(options)
%TILESIZE How many numbers one temporary array holds: larger ones are slower, smaller ones too.
count = min(2e5, floor(options.memory_limit / 64));
end
