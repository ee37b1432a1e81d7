function report = readProgress(value)
%READPROGRESS Return the option 'progress' as a function of (step, scored, candidates).
if isa(value, 'function_handle')
  report = value;
elseif islogical(value) && isscalar(value)
  report = @silent;
  if value
    report = @printStep;
  end
else
  refuse('lcodec:optionType', '`progress` must be true, false or a function, got %s', ...
         describeValue(value));
end
end

function silent(~, ~, ~)
end

function printStep(step, scored, candidates)
% One line when all candidates of a step are scored.
if scored == candidates
  fprintf('step %d: %d candidates scored\n', step, candidates);
end
end
