function total = inOrderSum(columns)
%INORDERSUM Sum each column in order of its rows; MATLAB's sum may add in another order.
partial = cumsum(columns, 1);
total = partial(end, :);
end
