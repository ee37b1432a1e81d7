function key = splitSeed(seed)
%SPLITSEED The key of a seed: its low and its high 32 bits, 1 x 2.
key = [mod(seed, 2^32), floor(seed / 2^32)];
end
