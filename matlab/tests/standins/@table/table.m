function value = table(varargin)
%TABLE A stand-in for MATLAB's tables: table(v1, v2, ..., 'VariableNames', names).
%   It has what the functions of this repository ask of one, and nothing else.
value = class(struct('variables', {varargin(1:end - 2)}, 'names', {varargin{end}}), 'table');
end
