function tellFewValues(y, options, wayOut)
%TELLFEWVALUES Warn of a response of 3 to 10 whole numbers, on three times as many rows at least.
%   Codes of classes look like that. options.response 'ordered' states that these are none. Of two
%   classes, either coding has the same limit of T. Of several columns, the first that looks so is
%   told of. WAYOUT is what to do with classes. Of a response that is one of classes, warn where no
%   two rows have the same.
if nargin < 3
  wayOut = 'set `response` to ''nominal''';
end
if options.classes
  if numel(unique(y)) == numel(y)
    warn('lcodec:allClassesDiffer', numel(y));
  end
  return
end
number = constants();
for column = y
  if isempty(options.response) && all(column == floor(column))
    count = numel(unique(column));
    if count >= 3 && count <= min(number.FEW, floor(numel(column) / 3))
      warn('lcodec:fewValues', count, wayOut);
      return
    end
  end
end
end
