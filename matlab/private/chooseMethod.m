function method = chooseMethod(options, y, z, x, each)
%CHOOSEMETHOD Choose the method of a test, or refuse one that does not fit the data.
%   The test is of all columns of z, or of EACH of them by itself, which users know as Z.
method = options.method;
conditional = size(x, 2) > 0;
if isempty(method)
  number = constants();
  tested = {z};
  if each
    tested = num2cell(z, 1);
  end
  if conditional
    method = 'local_permutation';
  elseif isempty(options.max_exceedances) && ...
      all(cellfun(@(columns) size(unique(columns, 'rows'), 1) >= number.MANY, tested))
    method = 'moments';
  else
    method = 'permutation';
  end
elseif any(strcmp(method, {'moments', 'permutation'})) && conditional
  fail('lcodec:optionValue', ...
       '`method` ''%s'' needs no `x`; with `x` use ''local_permutation''', method);
elseif strcmp(method, 'local_permutation') && ~conditional
  fail('lcodec:optionValue', '%s', ...
       '`method` ''local_permutation'' needs `x`; without `x` use ''permutation''');
elseif strcmp(method, 'asymptotic')
  got = '';
  if conditional
    got = '`x`';
  elseif options.classes
    got = 'response=''nominal''';
  elseif options.n_neighbors > 1
    got = sprintf('`n_neighbors` %d', options.n_neighbors);
  elseif size(z, 2) > 1 && ~each
    got = sprintf('%d columns of `z`', size(z, 2));
  elseif numel(unique(y)) < numel(y)
    got = 'repeated values in `y`';
  elseif any(arrayfun(@(k) numel(unique(z(:, k))) < numel(y), 1:size(z, 2)))
    got = ['repeated values in `', insteadIf(each, 'Z', 'z'), '`'];
  end
  if ~isempty(got)
    needs = insteadIf(each, 'no `x`, and no repeated values in `y` or `Z`', ...
                      '`z` of one column, no `x`, and no repeated values in `y` or `z`');
    fail('lcodec:optionValue', '`method` ''asymptotic'' needs %s, got %s', needs, got);
  end
end
end

function text = insteadIf(condition, text, other)
if ~condition
  text = other;
end
end
