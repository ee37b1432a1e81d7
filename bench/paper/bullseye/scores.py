"""How dependent y and z are given x, by several measures; larger is more dependent."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import digamma

import lcodec
from bench.paper.settings import Config

Array = NDArray[np.float64]
Score = Callable[[Array, Array, "Array | None"], float]
"""Of y (n,), z (n, q), and x (n, p) or None."""


def score(kind: str, config: Config, seed: int) -> Score:
    """Return a measure by its kind: "codec", "codec_test" (1 - p), "lcodec" or "knn_cmi"."""
    options = config["tests"]

    def test(y: Array, z: Array, x: Array | None) -> float:
        found = lcodec.codec_test(
            y, z, x, method="permutation" if x is None else "local_permutation",
            n_resamples=options["resamples"], seed=seed,
        )  # fmt: skip
        return 1 - float(found.pvalue)

    kinds: dict[str, Score] = {
        "codec": lambda y, z, x: lcodec.codec(y, z, x, standardize="std"),
        "codec_test": test,
        "lcodec": lambda y, z, x: lcodec.lcodec(y, z, x, sigma=options["sigma"], seed=seed),
        "knn_cmi": lambda y, z, x: knn_cmi(y, z, x, k=options["neighbors"]),
    }
    return kinds[kind]


def knn_cmi(y: Array, z: Array, x: Array | None, *, k: int) -> float:
    """Return the conditional mutual information of y and z given x, in nats, by k neighbours.

    With distances the maximum over the columns, each standardised, and e_i that of row i to its
    k-th neighbour in (y, z, x),

        psi(k) - mean(psi(n_yx) - psi(n_x) + psi(n_zx)),

    where n counts the rows nearer than e_i in some of the columns, and row i itself.

    References
    ----------
    Frenzel, Pompe: Partial Mutual Information for Coupling Analysis of Multivariate Time Series,
    Phys. Rev. Lett. 99, 2007. Without x: Kraskov, Stoegbauer, Grassberger, Phys. Rev. E 69, 2004.
    """
    parts = [(part - part.mean(axis=0)) / part.std(axis=0) for part in (y[:, None], z)]
    given = [] if x is None else [(x - x.mean(axis=0)) / x.std(axis=0)]
    joint = np.hstack([*parts, *given])
    radius = cKDTree(joint).query(joint, k=k + 1, p=np.inf)[0][:, -1]

    def counted(columns: list[Array]) -> Array:
        if not columns:
            return np.full(len(y), len(y))
        points = np.hstack(columns)
        inside = np.nextafter(radius, 0)  # strictly nearer
        found = cKDTree(points).query_ball_point(points, inside, p=np.inf, return_length=True)
        return np.asarray(found, dtype=np.float64)

    each = digamma(counted([parts[0], *given])) + digamma(counted([parts[1], *given]))
    return float(digamma(k) - (each - digamma(counted(given))).mean())


def selected_by_foci(y: Array, features: dict[int, Array]) -> list[int]:
    """Return the features that FOCI selects, each with all its columns."""
    labels = [feature for feature, columns in features.items() for _ in range(columns.shape[1])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        found = lcodec.foci(np.hstack(list(features.values())), y, groups=labels)
    order = list(features)
    return [order[at] for at in found.selected]
