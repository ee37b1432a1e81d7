function T = unconditional(sumMin, response)
%UNCONDITIONAL T(Y, Z) from sum_i min(R_i, R_M(i)).
T = (numel(response.atMost) * sumMin - response.sumSquare) / response.sumSpread;
end
