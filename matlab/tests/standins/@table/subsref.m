function result = subsref(value, place)
%SUBSREF value.name, value.(name) and value.Properties.VariableNames.
if ~strcmp(place(1).type, '.')
  error('standin:table', 'nothing here should index a table by numbers');
end
if strcmp(place(1).subs, 'Properties')
  result = struct('VariableNames', {value.names});
else
  result = value.variables{strcmp(value.names, place(1).subs)};
end
if numel(place) > 1
  result = subsref(result, place(2:end));
end
end
