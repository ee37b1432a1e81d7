function fail(id, template, varargin)
%FAIL Raise the error ID, one of errorIds, in the name of the public function that was called.
%   The stack of the error starts there: "Error using codec", and no line of this folder.
stack = dbstack('-completenames');
home = fileparts(fileparts(mfilename('fullpath')));
public = find(strcmp({stack.file}, strcat(home, filesep, {stack.name}, '.m')), 1);
if isempty(public)
  public = 2;  % a test called a private function: its line
end
error(struct('message', sprintf(template, varargin{:}), 'identifier', id, ...
             'stack', stack(public:end)));
end
