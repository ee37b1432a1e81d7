"""Conditional dependence (CODEC, FOCI, LCODEC, LFOCI), the same bits as in MATLAB."""

from lcodec.checks import LcodecError, LcodecWarning
from lcodec.dependence.codec import codec, lcodec
from lcodec.dependence.graph import FociGraph, foci_graph
from lcodec.dependence.inference import codec_test
from lcodec.dependence.results import CodecTestResult, SelectionResult
from lcodec.dependence.scores import codec_scores
from lcodec.dependence.selection import foci, lfoci
from lcodec.dependence.xi import xi
from lcodec.warming import warm_up

__version__ = "0.1.0"

__all__ = [
    "CodecTestResult",
    "FociGraph",
    "LcodecError",
    "LcodecWarning",
    "SelectionResult",
    "codec",
    "codec_scores",
    "codec_test",
    "foci",
    "foci_graph",
    "lcodec",
    "lfoci",
    "warm_up",
    "xi",
]
