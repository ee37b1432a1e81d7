function gains = gainOf(labels, others, classes)
%GAINOF Gain of pairs of rows with these LABELS: the smaller one, of CLASSES 1 where they are equal.
if classes
  gains = double(labels == others);
else
  gains = min(labels, others);
end
end
