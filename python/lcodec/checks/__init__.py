"""Validation of arguments, and the one place that raises errors and warnings.

The same rules stand in ``matlab/private`` in the same order and with the same words: the parity
tests compare ids and messages literally.
"""

from lcodec.checks.arrays import is_dask, same_device
from lcodec.checks.data import (
    MISSING,
    FloatArray,
    IntArray,
    Missing,
    complete,
    is_absent,
    matrix,
    names_of,
    vector,
)
from lcodec.checks.errors import (
    LcodecError,
    LcodecWarning,
    fail,
    fail_scale,
    warn,
    warn_constant_columns,
    warn_constant_response,
    warn_determined_response,
)
from lcodec.checks.options import (
    choice,
    column_list,
    flag,
    jobs,
    known_options,
    memory_limit,
    no_unknown,
    nonnegative,
    progress,
    whole_number,
)

__all__ = [
    "MISSING",
    "FloatArray",
    "IntArray",
    "LcodecError",
    "LcodecWarning",
    "Missing",
    "choice",
    "column_list",
    "complete",
    "fail",
    "fail_scale",
    "flag",
    "is_absent",
    "is_dask",
    "jobs",
    "known_options",
    "matrix",
    "memory_limit",
    "names_of",
    "no_unknown",
    "nonnegative",
    "progress",
    "same_device",
    "vector",
    "warn",
    "warn_constant_columns",
    "warn_constant_response",
    "warn_determined_response",
    "whole_number",
]
