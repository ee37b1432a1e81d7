function value = string(texts)
%STRING A stand-in for MATLAB's string arrays: string('a'), string({'a', 'b'}).
%   It has what the functions of this repository ask of one, and nothing else. NaN is missing.
if ~iscell(texts)
  texts = cellstr(texts);
end
value = class(struct('texts', {texts}), 'string');
end
