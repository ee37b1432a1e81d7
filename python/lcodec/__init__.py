"""Conditional dependence (CODEC, FOCI, LCODEC, LFOCI), the same bits as in MATLAB."""

from importlib import import_module
from typing import TYPE_CHECKING

from lcodec.checks import LcodecError, LcodecWarning
from lcodec.dependence.inference.ci_test import ci_test
from lcodec.dependence.inference.codec_test import codec_test
from lcodec.dependence.inference.codec_tests import codec_tests
from lcodec.dependence.inference.intervals import codec_interval, xi_interval
from lcodec.dependence.inference.matrix import CodecMatrix, codec_matrix
from lcodec.dependence.measures.codec import codec, lcodec
from lcodec.dependence.measures.xi import xi
from lcodec.dependence.results import (
    CodecTestResult,
    CodecTestsResult,
    IntervalResult,
    SelectionResult,
    StabilityResult,
)
from lcodec.dependence.selection.foci import foci, lfoci
from lcodec.dependence.selection.graph import FociGraph, foci_graph
from lcodec.dependence.selection.scores import codec_scores
from lcodec.dependence.selection.stability import foci_stability
from lcodec.warming import warm_up

if TYPE_CHECKING:
    from lcodec.adapters.sklearn import FociSelector as FociSelector

__version__ = "0.1.0"

__all__ = [
    "CodecMatrix",
    "CodecTestResult",
    "CodecTestsResult",
    "FociGraph",
    "IntervalResult",
    "LcodecError",
    "LcodecWarning",
    "SelectionResult",
    "StabilityResult",
    "ci_test",
    "codec",
    "codec_interval",
    "codec_matrix",
    "codec_scores",
    "codec_test",
    "codec_tests",
    "foci",
    "foci_graph",
    "foci_stability",
    "lcodec",
    "lfoci",
    "warm_up",
    "xi",
    "xi_interval",
]


def __getattr__(name: str) -> object:
    """Import what needs scikit-learn when it is asked for."""
    if name == "FociSelector":
        return import_module("lcodec.adapters.sklearn").FociSelector
    raise AttributeError(f"module 'lcodec' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), "FociSelector"})
