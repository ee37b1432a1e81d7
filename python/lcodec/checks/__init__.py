"""Validation of arguments, and the one place that raises errors and warnings.

The same rules stand in ``matlab/private`` in the same order and with the same words: the parity
tests compare ids and messages literally.
"""

from lcodec.checks.arrays import is_dask, same_device
from lcodec.checks.columns import column_list, response_column
from lcodec.checks.data import (
    MISSING,
    FloatArray,
    IntArray,
    Missing,
    complete,
    is_absent,
    matrix,
    matrix_shape,
    responses,
    vector,
)
from lcodec.checks.errors import (
    LcodecError,
    LcodecWarning,
    fail,
    warn,
    warn_constant_columns,
    warn_constant_response,
    warn_copied_columns,
    warn_determined_response,
    warn_few_values,
    warn_nearly_constant_columns,
    warn_tiny_differences,
    warn_undefined_subsamples,
)
from lcodec.checks.options import (
    choice,
    flag,
    fraction,
    is_infinite,
    jobs,
    known_options,
    memory_limit,
    no_unknown,
    nonnegative,
    progress,
    response,
    whole_number,
)
from lcodec.checks.tables import labels_of, names_of, warn_unaligned

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
    "flag",
    "fraction",
    "is_absent",
    "is_dask",
    "is_infinite",
    "jobs",
    "known_options",
    "labels_of",
    "matrix",
    "matrix_shape",
    "memory_limit",
    "names_of",
    "no_unknown",
    "nonnegative",
    "progress",
    "response",
    "response_column",
    "responses",
    "same_device",
    "vector",
    "warn",
    "warn_constant_columns",
    "warn_constant_response",
    "warn_copied_columns",
    "warn_determined_response",
    "warn_few_values",
    "warn_nearly_constant_columns",
    "warn_tiny_differences",
    "warn_unaligned",
    "warn_undefined_subsamples",
    "whole_number",
]
