function value = gpuArray(numbers)
%GPUARRAY A stand-in for MATLAB's arrays on a GPU, which only GATHER brings back.
value = class(struct('numbers', numbers), 'gpuArray');
end
