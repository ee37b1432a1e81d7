function testsOneResponse(options, y)
%TESTSONERESPONSE Refuse a test in FOCI of several responses: an exchange would change neighbours.
if ischar(options.stop) && size(y, 2) > 1
  fail('lcodec:optionValue', '`stop` ''test'' needs `y` of one column, got %d', size(y, 2));
end
end
