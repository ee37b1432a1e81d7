"""Conditional dependence (CODEC, FOCI, LFOCI), the same bits as in MATLAB."""

from lcodec.checks import LcodecError, LcodecWarning
from lcodec.dependence.coefficient import codec
from lcodec.dependence.results import SelectionResult
from lcodec.dependence.selection import foci, lfoci

__version__ = "0.1.0"

__all__ = ["LcodecError", "LcodecWarning", "SelectionResult", "codec", "foci", "lfoci"]
