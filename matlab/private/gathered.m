function value = gathered(value)
%GATHERED An array on a GPU, brought to the host, where the search fills arrays; others as they are.
if isa(value, 'gpuArray')
  value = gather(value);
end
end
