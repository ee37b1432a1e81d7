function hint = insteadOf(name, known)
%INSTEADOF What an error says of an option NAME that is not among those KNOWN, a cell.
%   The table of what other packages call an option is that of Python's checks/spellings.py.
neighbors = {'k', 'n_neighbors', 'num_neighbors', 'neighbors', 'neighbours', 'knn'};
others.seed = {'random_state', 'random_seed', 'rng', 'generator', 'stream'};
others.max_features = {'k', 'k_features', 'kmax', 'n_features', 'n_features_to_select', ...
                       'num_features', 'num_features_to_select', 'n_features_to_keep', ...
                       'n_selected', 'max_vars', 'max_steps'};
others.n_neighbors = neighbors;
others.n_resamples = {'n_permutations', 'num_permutations', 'permutations', 'n_perm', 'b', ...
                      'n_boot', 'reps', 'n_repeats'};
others.draws = {'n_draws', 'n_samples', 'repeats', 'n_repeats', 'reps'};
others.sigma = {'noise', 'noise_level', 'noise_std', 'scale', 'std'};
others.standardize = {'standardise', 'standardization', 'standardisation', 'scale', 'scaling', ...
                      'scaler', 'normalize', 'normalise', 'normalization', 'normalisation'};
others.ties = {'tie', 'tie_rule', 'tie_method', 'ties_method', 'tie_breaking'};
others.missing = {'na_rm', 'na_action', 'dropna', 'drop_na', 'nan_policy', 'nans', 'nan_flag', ...
                  'rows', 'omit_nan', 'missing_values'};
others.given = {'condition', 'conditioning', 'conditional', 'conditioning_set', 'covariates', ...
                'confounders', 'keep_in', 'include', 'forced', 'fixed'};
others.groups = {'group', 'feature_groups', 'blocks', 'clusters', 'partition'};
others.stop = {'early_stopping', 'stopping', 'auto_stop', 'rank_all'};
others.min_gain = {'threshold', 'cutoff', 'tol', 'tolerance', 'epsilon', 'eps', ...
                   'min_improvement'};
others.n_jobs = {'num_cores', 'n_cores', 'cores', 'n_threads', 'num_threads', 'threads', ...
                 'num_workers', 'workers', 'use_parallel'};
others.memory_limit = {'memory', 'max_memory', 'mem_limit', 'max_bytes'};
others.progress = {'verbose', 'display', 'show_progress', 'progress_bar', 'tqdm', 'callback'};
others.method = {'test', 'test_method'};
others.shuffle_neighbors = {'exchange_neighbors', 'k_perm', 'k_shuffle'};
others.max_exceedances = {'h', 'max_exceed', 'n_exceedances', 'exceedances'};
others.fraction = {'frac', 'sample_fraction', 'subsample_fraction'};
others.subsample_size = {'m', 'subsample', 'sample_size'};
for k = 1:numel(known)
  spellings = known(k);
  if isfield(others, known{k})
    spellings = [spellings, others.(known{k})]; %#ok<AGROW>
  end
  if any(strcmp(plain(name), plain(spellings)))
    hint = sprintf('here it is `%s`', known{k});
    return
  end
end
near = nearestName(name, known);
if ~isempty(near)
  hint = sprintf('the nearest known one is `%s`', near);
elseif any(strcmp(plain(name), plain(neighbors)))
  hint = 'the coefficient takes the nearest neighbour alone';
else
  hint = ['the options are ', listNames(strcat('`', known(:)', '`'), Inf)];
end
end

function name = plain(name)
% Without case, underscores and dots.
name = strrep(strrep(lower(name), '_', ''), '.', '');
end
