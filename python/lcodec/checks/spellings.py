"""Names of options: what the nearest known one is, and what other packages call them.

``matlab/private/insteadOf.m`` holds the same; the parity tests compare every entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lcodec.checks.errors import shortened

NEIGHBORS = ("k", "n_neighbors", "num_neighbors", "neighbors", "neighbours", "knn")

# Our name, and what other packages and languages call it. A name that stands twice is the first of
# those that a function has.
OTHERS: dict[str, tuple[str, ...]] = {
    "seed": ("random_state", "random_seed", "rng", "generator", "stream"),
    "max_features": (
        "k", "k_features", "kmax", "n_features", "n_features_to_select", "num_features",
        "num_features_to_select", "n_features_to_keep", "n_selected", "max_vars", "max_steps",
    ),
    "n_neighbors": NEIGHBORS,
    "n_resamples": (
        "n_permutations", "num_permutations", "permutations", "n_perm", "b", "n_boot", "reps",
        "n_repeats",
    ),
    "draws": ("n_draws", "n_samples", "repeats", "n_repeats", "reps"),
    "sigma": ("noise", "noise_level", "noise_std", "scale", "std"),
    "standardize": (
        "standardise", "standardization", "standardisation", "scale", "scaling", "scaler",
        "normalize", "normalise", "normalization", "normalisation",
    ),
    "ties": ("tie", "tie_rule", "tie_method", "ties_method", "tie_breaking"),
    "missing": (
        "na_rm", "na_action", "dropna", "drop_na", "nan_policy", "nans", "nan_flag", "rows",
        "omit_nan", "missing_values",
    ),
    "given": (
        "condition", "conditioning", "conditional", "conditioning_set", "covariates", "confounders",
        "keep_in", "include", "forced", "fixed",
    ),
    "groups": ("group", "feature_groups", "blocks", "clusters", "partition"),
    "stop": ("early_stopping", "stopping", "auto_stop", "rank_all"),
    "min_gain": ("threshold", "cutoff", "tol", "tolerance", "epsilon", "eps", "min_improvement"),
    "n_jobs": (
        "num_cores", "n_cores", "cores", "n_threads", "num_threads", "threads", "num_workers",
        "workers", "use_parallel",
    ),
    "memory_limit": ("memory", "max_memory", "mem_limit", "max_bytes"),
    "progress": ("verbose", "display", "show_progress", "progress_bar", "tqdm", "callback"),
    "method": ("test", "test_method"),
    "shuffle_neighbors": ("exchange_neighbors", "k_perm", "k_shuffle"),
    "max_exceedances": ("h", "max_exceed", "n_exceedances", "exceedances"),
    "fraction": ("frac", "sample_fraction", "subsample_fraction"),
    "subsample_size": ("m", "subsample", "sample_size"),
}  # fmt: skip


def plain(name: str) -> str:
    """Return a name without case, underscores and dots."""
    return name.lower().replace("_", "").replace(".", "")


def instead_of(name: str, known: Sequence[str]) -> str:
    """Return what an error says of an option that is not among those known."""
    for option in known:
        if plain(name) in (plain(option), *map(plain, OTHERS.get(option, ()))):
            return f"here it is `{option}`"
    near = nearest(name, known)
    if near:
        return f"the nearest known one is `{near}`"
    if plain(name) in map(plain, NEIGHBORS):
        return "the coefficient takes the nearest neighbour alone"
    return f"the options are {listed(known, len(known))}" if known else "there are none"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that few slips of the keyboard turn into `name`, or no text."""
    distance = {option: _edits(name.lower(), option.lower()) for option in known}
    best = min(distance, key=distance.__getitem__, default="")
    return best if distance.get(best, 0) <= min(3, len(name) // 2) else ""


def listed(names: Sequence[str], most: int = 10) -> str:
    """Return the first names, in backquotes."""
    return shortened([f"`{name}`" for name in names], most)


def _edits(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]
