function value = datetime(year, month, day)
%DATETIME A stand-in for MATLAB's dates.
value = class(struct('days', datenum(year, month, day)), 'datetime');
end
