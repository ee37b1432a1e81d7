function warnConstantResponse()
%WARNCONSTANTRESPONSE y has one value: the coefficient is 0/0.
warning('lcodec:constantResponse', '%s', ...
        '`y` is constant: the coefficient is undefined (NaN)');
end
