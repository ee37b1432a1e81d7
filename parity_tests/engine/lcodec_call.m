function reply = lcodec_call(name, outputs, varargin)
%LCODEC_CALL Call a function and return everything about the call in one struct.
%   reply = lcodec_call(name, outputs, ...) calls feval(name, ...) for OUTPUTS values and returns
%   the fields ok, values (1 x outputs cell), id and message of an error, warning_id and
%   warning_message of the last warning. Bridges between languages lose error ids otherwise.
%   An argument struct('expression', TEXT) is replaced by the value of TEXT: that is how types
%   arrive that no bridge carries, such as sparse matrices.
reply = struct('ok', true, 'id', '', 'message', '', 'warning_id', '', 'warning_message', '');
values = cell(1, outputs);
for k = 1:numel(varargin)
  if isstruct(varargin{k})
    varargin{k} = eval(varargin{k}.expression);
  end
end
lastwarn('', '');
try
  [values{:}] = feval(name, varargin{:});
catch problem
  reply.ok = false;
  reply.id = problem.identifier;
  reply.message = problem.message;
end
[reply.warning_message, reply.warning_id] = lastwarn();
reply.values = values;
end
