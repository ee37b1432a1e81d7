function left = leftOf(parts)
%LEFTOF The denominator of T of a response of several columns, whose tables are PARTS.
shares = ones(numel(parts), 1);
for k = 1:numel(parts)
  if ~isempty(parts{k}.chosen)
    shares(k) = shareOf(parts{k}.response, parts{k}.remaining, true);
  end
end
left = leftToRightSum(shares);
end
