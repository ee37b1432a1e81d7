"""What is timed: for each tool and call, the call itself and a reading of its result.

A maker takes a problem and returns two functions: one without arguments, which is timed, and one
that turns its result into the output that is recorded (columns from 0, a column or a value), which
is not. Tools are imported by their makers, so that each process imports only what it measures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.speed.data import Problem

Timed = tuple[Callable[[], Any], Callable[[Any], Any]]


class Tool(NamedTuple):
    """A tool: the packages it stands on, the first its own, and its makers by call."""

    packages: tuple[str, ...]
    calls: dict[str, Callable[[Problem], Timed]]


def _lcodec_foci(standardize: str) -> Callable[[Problem], Timed]:
    def make(problem: Problem) -> Timed:
        import lcodec

        return (
            lambda: lcodec.foci(problem.X, problem.y, standardize=standardize),
            lambda result: result.selected.tolist(),
        )

    return make


def _lcodec_codec(problem: Problem) -> Timed:
    import lcodec

    x, z = np.split(problem.X, [problem.given], axis=1)
    x = x if problem.given else None
    return lambda: lcodec.codec(problem.y, z, x), float


def _lcodec_xi(problem: Problem) -> Timed:
    import lcodec

    x = problem.X[:, 0].copy()
    return lambda: lcodec.xi(x, problem.y), float


def _lcodec_scores(problem: Problem) -> Timed:
    import lcodec

    return (
        lambda: lcodec.codec_scores(problem.X, problem.y, standardize="none"),
        lambda scores: int(np.argmax(scores)),
    )


def _naive_foci(lean: bool) -> Callable[[Problem], Timed]:
    def make(problem: Problem) -> Timed:
        from bench.speed.tools import naive

        return lambda: naive.foci(problem.X, problem.y, lean=lean), list

    return make


def sample_of(problem: Problem) -> list[int]:
    """Return the candidates of naive-sample: those that are selected, and others at random."""
    p = problem.X.shape[1]
    others = np.random.default_rng(1).permutation(np.arange(3, p))
    return [0, 1, 2, *others[: (problem.sample or p) - 3].tolist()]


def _naive_sample_foci(problem: Problem) -> Timed:
    from bench.speed.tools import naive

    sample = sample_of(problem)
    return lambda: naive.foci(problem.X, problem.y, sample), list


def sampling_scale(problem: Problem, selected: list[int]) -> float:
    """Return the candidates that a full run scores, divided by those of the sampled one."""
    steps = np.arange(len(selected) + 1)
    full = (problem.X.shape[1] - steps).sum()
    return float(full / (len(sample_of(problem)) - steps).sum())


def _xicorpy_foci(problem: Problem) -> Timed:
    import xicorpy

    return lambda: xicorpy.select_features_using_foci(problem.y, problem.X), list


def _pyfoci_foci(ties: str) -> Callable[[Problem], Timed]:
    def make(problem: Problem) -> Timed:
        from pyFOCI import FOCISelector

        selector = FOCISelector(standardize=None, nn_tie_breaking=ties)
        return (
            lambda: selector.fit(problem.X, problem.y),
            lambda result: result.selected_indices_.tolist(),
        )

    return make


def _ckdtree(both: bool) -> Callable[[Problem], Timed]:
    def make(problem: Problem) -> Timed:
        import os

        from scipy.spatial import cKDTree

        from bench.speed.tools.naive import coefficient

        workers = int(os.environ["OMP_NUM_THREADS"])
        tables = [problem.X, np.ascontiguousarray(problem.X[:, : problem.given])]
        tables = tables[: 2 if both else 1]

        def search() -> list[Any]:
            return [cKDTree(table).query(table, k=2, workers=workers)[1] for table in tables]

        def value(neighbours: list[Any]) -> float | None:
            joint, *alone = (found[:, 1] for found in neighbours)
            if problem.given and not both:
                return None  # one search is not enough for T(Y, Z | X)
            return coefficient(problem.y, joint, alone[0] if both else None)

        return search, value

    return make


def _neighbors_codec(problem: Problem) -> Timed:
    from bench.speed.tools.naive import coefficient, nearest

    return lambda: nearest(problem.X), lambda found: coefficient(problem.y, found, None)


def _chatterjeexi(problem: Problem) -> Timed:
    from scipy.stats import chatterjeexi

    x = problem.X[:, 0].copy()
    return lambda: chatterjeexi(x, problem.y), lambda result: float(result.statistic)


def _hyper_corr(problem: Problem) -> Timed:
    from hyper_corr import chatterjeexi

    x = problem.X[:, 0].copy()
    return lambda: chatterjeexi(x, problem.y), lambda result: float(result.statistic)


def _mutual_info(problem: Problem) -> Timed:
    from sklearn.feature_selection import mutual_info_regression

    return (
        lambda: mutual_info_regression(problem.X, problem.y, random_state=0),
        lambda scores: int(np.argmax(scores)),
    )


TOOLS = {
    "lcodec": Tool(
        ("lcodec", "numpy", "scipy", "numba"),
        {
            "foci": _lcodec_foci("none"),
            "foci-scaled": _lcodec_foci("std"),
            "codec": _lcodec_codec,
            "xi": _lcodec_xi,
            "scores": _lcodec_scores,
        },
    ),
    "naive": Tool(("scikit-learn", "numpy"), {"foci": _naive_foci(lean=False)}),
    "naive-lean": Tool(("scikit-learn", "numpy"), {"foci": _naive_foci(lean=True)}),
    "naive-sample": Tool(("scikit-learn", "numpy"), {"foci": _naive_sample_foci}),
    "xicorpy": Tool(("xicorpy", "scikit-learn", "numpy"), {"foci": _xicorpy_foci}),
    "pyfoci": Tool(("pyFOCI", "scikit-learn", "numpy"), {"foci": _pyfoci_foci("mean")}),
    "pyfoci-first": Tool(("pyFOCI", "scikit-learn", "numpy"), {"foci": _pyfoci_foci("first")}),
    "ckdtree": Tool(("scipy", "numpy"), {"codec": _ckdtree(both=False)}),
    "ckdtree-both": Tool(("scipy", "numpy"), {"codec": _ckdtree(both=True)}),
    "neighbors": Tool(("scikit-learn", "numpy"), {"codec": _neighbors_codec}),
    "chatterjeexi": Tool(("scipy", "numpy"), {"xi": _chatterjeexi}),
    "hyper-corr": Tool(("hyper-corr", "numba", "numpy"), {"xi": _hyper_corr}),
    "mutual-info": Tool(("scikit-learn", "numpy"), {"scores": _mutual_info}),
}
