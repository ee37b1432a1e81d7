"""Compile all kernels before they are needed."""

from __future__ import annotations

import warnings

import numpy as np

from lcodec.checks import LcodecWarning, Response
from lcodec.dependence.inference.codec_test import codec_test
from lcodec.dependence.inference.codec_tests import codec_tests
from lcodec.dependence.inference.intervals import codec_interval, xi_interval
from lcodec.dependence.inference.matrix import codec_matrix
from lcodec.dependence.measures.codec import codec, lcodec
from lcodec.dependence.measures.xi import xi
from lcodec.dependence.selection.foci import foci, lfoci
from lcodec.dependence.selection.graph import foci_graph
from lcodec.dependence.selection.scores import codec_scores
from lcodec.neighbors import TIE_RULES

ROWS = 1000  # so many that a leaf of the search tree does not list all others
MANY = 10_000  # so many that K neighbours are found in cells


def warm_up() -> None:
    """Compile every kernel for this processor, so that no later call waits for it.

    The first call of a function that runs a kernel compiles it, which takes seconds, and keeps it
    on disk for later programs. Call this where waiting does no harm: when a container image is
    built, before workers are forked, or at the start of a server. It takes several minutes the
    first time, and seconds afterwards. Where compiled kernels cannot be kept (the package, the
    home folder and NUMBA_CACHE_DIR are all read-only), it serves the process that calls it and the
    processes forked from it.

    Examples
    --------
    >>> import lcodec
    >>> lcodec.warm_up()
    """
    for response in (None, "nominal"):
        compile_for(response)


def compile_for(response: Response | None) -> None:
    """Compile every kernel for responses of numbers, or of classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 27))
    many = rng.normal(size=(MANY, 3))
    few = rng.integers(0, 3, (ROWS, 4))
    y = rng.integers(0, 3, ROWS) if response else X[:, 0] * X[:, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LcodecWarning)
        for ties in TIE_RULES:
            for table in (X, X[:, :4], few, np.column_stack((few[:, :2], X[:, :3]))):
                foci(table, y, ties=ties, response=response, stop=False, max_features=4)
            for z in (X[:, 0], X[:, :3], X[:, :12], few[:, 0], few):
                codec(y, z, ties=ties, response=response)
                codec(y, z, X[:, 20], ties=ties, response=response)
                codec(few[:, 0], z, few[:, 1:3], ties=ties, response=response)
                codec(y, z, n_neighbors=2, ties=ties, response=response)
            for table in (X, X[:, :6], few):
                foci(
                    table, y, n_neighbors=2, ties=ties, response=response, stop=False,
                    max_features=3,
                )  # fmt: skip
        of_many = many[:, 0] > 0 if response else many[:, 0]
        foci(many, of_many, n_neighbors=2, response=response, stop=False, max_features=2)
        lcodec(y, X[:, 0], response=response)
        lfoci(X, y, response=response, max_features=4)
        codec_scores(X, y, [0, 1], response=response)
        foci(X[:, :4], y, response=response, stop="test", n_resamples=9, level=0.5)
        codec_interval(y, X[:, 0], X[:, 1], response=response, n_resamples=2)
        codec_test(y, X[:, 2], response=response, method="moments", n_neighbors=2)
        for x in (None, X[:, :2]):
            codec_test(y, X[:, 2], x, response=response, n_resamples=9)
            codec_tests(X[:, 2:4], y, x, response=response, n_resamples=9)
        if response is None:
            foci_graph(few)
            xi(X[:, 0], y)
            xi(few[:, 0], y)
            xi_interval(X[:, 0], y, n_resamples=2)
            codec_test(y, X[:, 2], method="asymptotic")
            codec_matrix(few, n_resamples=9)
