function options = readGreedy(options)
%READGREEDY Check the options of the greedy search.
options.max_features = readLimit(options.max_features);
options.stop = readFlag(options.stop, 'stop');
options.min_gain = readNonnegative(options.min_gain, 'min_gain');
end
