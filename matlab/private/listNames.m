function text = listNames(names, most)
%LISTNAMES The first names with commas between them, and dots where there are more than MOST.
text = strjoin(names(1:min(end, most)), ', ');
if numel(names) > most
  text = [text, ', ...'];
end
end
