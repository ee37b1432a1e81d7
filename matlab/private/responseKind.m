function kind = responseKind(y, options, kind)
%RESPONSEKIND Kind of the response for checkData: KIND, or of classes, in one column, 'ordinal'.
%   Text in several columns is refused: only one column can have classes.
if options.classes
  columns = widthOf(y);
  if columns > 1
    fail('lcodec:optionValue', '`response` ''nominal'' needs `y` of one column, got %d', columns);
  end
  kind = 'ordinal';
elseif widthOf(y) > 1 && ~isa(y, 'table')
  checkReal(y, 'y', true);
end
end
