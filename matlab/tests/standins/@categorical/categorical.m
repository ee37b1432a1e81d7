function value = categorical(texts)
%CATEGORICAL A stand-in for MATLAB's categorical arrays.
value = class(struct('texts', {texts}), 'categorical');
end
