function [value, widths] = withIndicators(value)
%WITHINDICATORS The columns of a table, with indicators in the place of categorical variables.
%   value.names, value.columns   1 x q   cells: a name and the values of each
%   widths   1 x p   how many each column of the table has: the categories that are there, in the
%                    order of the categories, or 1. It is [], and VALUE as it was, where there are
%                    no categories.
%   A missing value is NaN in the first indicator.
[names, values] = tableColumns(value);
widths = [];
is = cellfun(@(one) isa(one, 'categorical') && size(one, 2) == 1, values);
if ~any(is)
  return
end
widths = ones(1, numel(values));
names = num2cell(names);
values = num2cell(values);
for k = find(is)
  values{k} = indicators(double(values{k}{1}), names{k}{1});
  widths(k) = numel(values{k});
  names{k} = repmat(names{k}, 1, widths(k));
end
value = struct('names', {[names{:}]}, 'columns', {[values{:}]});
end

function values = indicators(code, name)
% Indicators of the numbers of categories, 1 x k cell.
number = constants();
levels = unique(code(~isnan(code)));
if numel(levels) > number.MOST_CATEGORIES
  fail('lcodec:notNumeric', ['`X` must have at most %d categories in a column, got %d in ', ...
                             'column `%s`; merge some or leave it out'], ...
       number.MOST_CATEGORIES, numel(levels), name);
end
if isempty(levels)
  levels = 0;
end
values = arrayfun(@(level) double(code == level), reshape(levels, 1, []), 'UniformOutput', false);
values{1}(isnan(code)) = NaN;
end
