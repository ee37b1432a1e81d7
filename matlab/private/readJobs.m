function readJobs(value)
%READJOBS Check the option 'n_jobs': [] or a whole number, not 0.
%   MATLAB's own threads do the work, so that nothing depends on the number.
if isnumeric(value) && isempty(value)
  return
end
if ~isNumber(value) || ~isfinite(value) || double(value) ~= floor(double(value))
  refuse('lcodec:optionType', '`n_jobs` must be a whole number, got %s', describeValue(value));
end
if value == 0
  refuse('lcodec:optionRange', '%s', ...
         '`n_jobs` must be positive, or negative to count down from all processors, got 0');
end
end
