function tellFewValues(y, options)
%TELLFEWVALUES Warn of a response of 3 to 10 whole numbers, on three times as many rows at least.
%   Codes of classes look like that. options.response 'ordered' states that these are none. Of two
%   classes, either coding has the same limit of T.
if isempty(options.response) && all(y == floor(y))
  number = constants();
  count = numel(unique(y));
  if count >= 3 && count <= min(number.FEW, floor(numel(y) / 3))
    warn('lcodec:fewValues', count);
  end
end
end
