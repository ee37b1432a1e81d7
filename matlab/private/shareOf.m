function share = shareOf(response, sums, given)
%SHAREOF What sums over rows are of the denominator of T(Y, .), elementwise.
%   The sums are of values less those in the columns GIVEN; without such columns, of values alone.
if given
  share = numel(response.labels) * sums / response.sumSpread;
else
  share = coefficient(response, sums);
end
end
