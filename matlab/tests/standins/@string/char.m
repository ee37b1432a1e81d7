function text = char(value)
%CHAR The characters of a string scalar.
if numel(value.texts) ~= 1
  error('standin:string', 'char of several strings is a matrix, which nobody should want here');
end
text = value.texts{1};
end
