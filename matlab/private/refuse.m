function refuse(id, template, varargin)
%REFUSE Raise the error ID with a text that has already been worded for the user.
error(id, '%s', sprintf(template, varargin{:}));
end
