"""Validation of arguments, and the one place that raises errors and warnings.

The same rules stand in ``matlab/private`` in the same order and with the same words: the parity
tests compare ids and messages literally.
"""

from lcodec.checks.arrays import is_dask, same_device
from lcodec.checks.classes import response_values
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
    vector,
)
from lcodec.checks.errors import (
    LcodecError,
    LcodecWarning,
    fail,
    warn,
    warn_all_classes_differ,
    warn_constant_columns,
    warn_constant_response,
    warn_copied_columns,
    warn_determined_response,
    warn_few_values,
    warn_nearly_constant_columns,
    warn_tiny_differences,
)
from lcodec.checks.groups import Group, column_groups, given_groups
from lcodec.checks.options import (
    Response,
    choice,
    fewer_than_rows,
    flag,
    is_infinite,
    jobs,
    known_options,
    memory_limit,
    neighbors,
    no_unknown,
    nonnegative,
    ordered_response,
    progress,
    response,
    whole_number,
)
from lcodec.checks.tables import labels_of, names_of, taken_out, warn_unaligned

__all__ = [
    "MISSING",
    "FloatArray",
    "Group",
    "IntArray",
    "LcodecError",
    "LcodecWarning",
    "Missing",
    "Response",
    "choice",
    "column_groups",
    "column_list",
    "complete",
    "fail",
    "fewer_than_rows",
    "flag",
    "given_groups",
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
    "neighbors",
    "no_unknown",
    "nonnegative",
    "ordered_response",
    "progress",
    "response",
    "response_column",
    "response_values",
    "same_device",
    "taken_out",
    "vector",
    "warn",
    "warn_all_classes_differ",
    "warn_constant_columns",
    "warn_constant_response",
    "warn_copied_columns",
    "warn_determined_response",
    "warn_few_values",
    "warn_nearly_constant_columns",
    "warn_tiny_differences",
    "warn_unaligned",
    "whole_number",
]
