function value = string(texts)
%STRING A stand-in for MATLAB's string arrays: string('a'), string({'a', 'b'}).
%   It has what the functions of this repository ask of one, and nothing else.
value = class(struct('texts', {cellstr(texts)}), 'string');
end
