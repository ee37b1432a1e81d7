function readJobs(value)
%READJOBS Check the option 'n_jobs': [] or a whole number, not 0.
%   MATLAB's own threads do the work, so that nothing depends on the number.
if isnumeric(value) && isempty(value)
  return
end
if readWhole(value, 'n_jobs', 1 - 2^53) == 0
  refuse('lcodec:optionRange', '%s', ...
         '`n_jobs` must be positive, or negative to count down from all processors, got 0');
end
end
