"""Hypothesis strategies for the data that breaks code like this."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

KINDS = (
    "continuous", "lattice", "binary", "tenths", "constant", "offset", "scaled", "signed_zero",
)  # fmt: skip


def column(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """One column (n,) of a kind."""
    lattice = rng.integers(-2, 3, n)
    if kind == "lattice":
        return lattice.astype(float)
    if kind == "binary":
        return rng.integers(0, 2, n).astype(float)
    if kind == "tenths":
        return rng.integers(-8, 9, n) * 0.1
    if kind == "constant":
        return np.full(n, rng.choice([0.0, 0.1, -3.0, 1e8]))
    if kind == "offset":
        return 1e8 + (rng.normal(size=n) if rng.random() < 0.5 else lattice * 0.1)
    if kind == "scaled":
        scale = 10.0 ** int(rng.integers(-150, 151))
        return scale * (rng.normal(size=n) if rng.random() < 0.5 else lattice * 1.0)
    if kind == "signed_zero":
        return rng.choice([-1.0, 1.0]) * np.where(lattice > 1, 1.0, lattice * 0.0)
    return rng.normal(size=n)


@st.composite
def columns(draw: st.DrawFn, n: int, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """One column (n,) of one of `KINDS`."""
    kind = draw(st.sampled_from(kinds))
    return column(kind, n, np.random.default_rng(draw(st.integers(0, 2**32 - 1))))


@st.composite
def tables(
    draw: st.DrawFn,
    groups: tuple[int, ...],
    max_n: int = 40,
    max_columns: int = 4,
    kinds: tuple[str, ...] = KINDS,
    missing: bool = False,
    min_n: int = 3,
) -> list[np.ndarray]:
    """Tables (n, q) with a common n, each with at least ``groups[k]`` columns; rows may repeat."""
    n = draw(st.integers(min_n, max_n))
    widths = [draw(st.integers(least, max(least, max_columns))) for least in groups]
    made = [
        np.column_stack([draw(columns(n, kinds)) for _ in range(q)]) if q else np.empty((n, 0))
        for q in widths
    ]
    if missing and draw(st.integers(0, 9)) == 0:  # some values are missing
        for table in made:
            if table.shape[1] and draw(st.booleans()):
                rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
                table[rng.random(table.shape) < 0.1] = draw(st.sampled_from([np.nan, np.inf]))
    if draw(st.booleans()):  # repeated rows, the same in every table
        rows = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(0, n, n)
        made = [table[rows] for table in made]
    return made


@st.composite
def responses_of(draw: st.DrawFn, table: np.ndarray, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """A response (n,): free, a function of one column, or of two."""
    own = draw(columns(len(table), kinds))
    how = draw(st.sampled_from(["free", "free", "one", "two"]))
    with np.errstate(all="ignore"):
        y = own if how == "free" else table[:, 0] + (table[:, -1] if how == "two" else 0.0)
    return y if np.isfinite(y).all() else own


@st.composite
def classes_of(draw: st.DrawFn, table: np.ndarray) -> np.ndarray:
    """Numbers of classes (n,): at random, of the values of a column, or one for each row."""
    n = len(table)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    how = draw(st.sampled_from(["free", "free", "free", "column", "rows"]))
    if how == "column" and np.isfinite(table[:, 0]).all():
        return np.unique(table[:, 0], return_inverse=True)[1].reshape(n).astype(float)
    if how == "rows":
        return rng.permutation(n).astype(float)
    return rng.integers(0, draw(st.integers(1, 6)), n).astype(float)


def options_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Options of a public function, each present or left at its default."""
    optional = {key: OPTIONS[key] for key in USED_BY[name]}
    few = {"n_resamples": st.sampled_from([1, 4, 9, 19, 20, 30])} if name in RESAMPLED else {}
    return st.fixed_dictionaries(few, optional=optional | STOPPING if few else optional)


def fitted(options: dict[str, Any], table: np.ndarray) -> dict[str, Any]:
    """Return options whose labels of columns are not more than the columns of a table."""
    groups = options.get("groups")
    if not groups or isinstance(groups[0], list):
        return options
    return {**options, "groups": groups[: table.shape[1]]}


def allowed(options: dict[str, Any], n: int) -> dict[str, Any]:
    """Return options that n rows allow, for laws that are about values and not about errors."""
    options = dict(options)
    if options.get("n_neighbors", 1) in range(n, 1025):
        options["n_neighbors"] = n - 1
    if options.get("stop") == "test":
        options["n_resamples"] = max(options["n_resamples"], 19)
        if options.get("ties") == "random":
            options["ties"] = "average"
    return options


OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "ties": st.sampled_from(["average", "random", "first"]),
    "n_neighbors": st.sampled_from([1, 2, 2, 3, 3, 5, 7, 39, 1024, "auto"]),  # often more than rows
    "standardize": st.sampled_from([None, "none", "std", "range"]),
    "seed": st.integers(0, 2**53 - 1),
    "missing": st.sampled_from(["refuse", "drop"]),
    "max_features": st.sampled_from([None, 1, 2, 7]),
    "stop": st.booleans(),
    "min_gain": st.sampled_from([0, 0.01, 0.3]),
    "given": st.sampled_from([None, [], [0], [2, 0], [1, 5], [1, 1]]),  # some do not exist
    "groups": st.one_of(
        st.sampled_from([None, [], [[0]], [[1, 0]], [[2, 0], [1]], [[0, 1], [1]], [[], [0]]]),
        st.lists(st.integers(0, 2), min_size=5, max_size=6),  # labels; see `fitted`
        st.lists(st.sampled_from("ab"), min_size=6, max_size=6),
    ),
    "sigma": st.sampled_from([0, 1e-5, 0.01, 0.1, 2.5]),
    "draws": st.integers(1, 3),
    "level": st.sampled_from([0.95, 0.5, 0.999, 1e-3, 1 - 2.0**-53]),
    "n_resamples": st.integers(2, 12),
    "subsample_size": st.sampled_from([None, 10, 11, 20, 35]),  # some are too large
}
STOPPING: dict[str, st.SearchStrategy[Any]] = {
    "stop": st.sampled_from([True, False, "gain", "test", "test", "test"]),
    "level": st.sampled_from([0.05, 0.2, 0.3, 0.99]),
    "shuffle_neighbors": st.integers(1, 12),
}
RESAMPLED = ("foci", "foci_stability")  # always few times: the default takes long in Octave
_GREEDY = ("max_features", "stop", "min_gain", "n_neighbors", "standardize", "seed", "missing")
_SUBSAMPLES = ("level", "n_resamples", "subsample_size", "seed")
USED_BY = {
    "codec": ("ties", "n_neighbors", "standardize", "seed", "missing"),
    "codec_interval": (*_SUBSAMPLES, "ties", "n_neighbors", "standardize", "missing"),
    "lcodec": ("sigma", "draws", "n_neighbors", "standardize", "seed", "missing"),
    "codec_scores": (
        "given", "groups", "ties", "n_neighbors", "standardize", "seed", "missing",
    ),
    "foci": ("given", "groups", "ties", *_GREEDY),
    "foci_stability": ("given", "groups", "ties", *_GREEDY),
    "lfoci": ("given", "groups", "sigma", "draws", *_GREEDY),
    "foci_graph": ("ties", *_GREEDY),
    "xi_interval": (*_SUBSAMPLES, "missing"),
}  # fmt: skip
