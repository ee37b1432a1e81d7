function refuseRandomTies(options)
%REFUSERANDOMTIES Refuse a test in FOCI with ties at random: each exchange would draw them again.
if ischar(options.stop) && strcmp(options.ties, 'random')
  fail('lcodec:optionValue', '%s', ...
       '`ties` must be one of ''average'', ''first'' with `stop` ''test'', got ''random''');
end
end
