"""Validation of arguments, and every message the statistics can raise.

The same rules stand in ``matlab/private`` in the same order and with the same words: the parity
tests compare ids and messages literally. Columns are therefore counted from 1 in messages, in both
languages, and say so.
"""

from __future__ import annotations

import numbers
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MIN_ROWS = 3
MAX_ROWS = 2**21 - 1  # sums of n^3 stay below 2^63
MAX_SEED = 2**53 - 1  # the largest whole number that MATLAB's doubles count exactly


class LcodecError(ValueError):
    """Bad input or an impossible request.

    Parameters
    ----------
    id : str
        Stable identifier such as ``"lcodec:sizeMismatch"``, the same in MATLAB.
    message : str
        What is wrong: the argument, the rule and what came.

    Examples
    --------
    >>> import lcodec
    >>> try:
    ...     lcodec.codec([1, 2], [1, 2])
    ... except lcodec.LcodecError as error:
    ...     print(error.id, "-", error)
    lcodec:tooFewRows - `y` must have at least 3 rows, got 2
    """

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.id, str(self))


class LcodecWarning(UserWarning):
    """A result that is defined but needs attention; `id` is the same as in MATLAB."""

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.id, str(self))


def fail(id: str, message: str) -> NoReturn:
    """Raise the error `id`."""
    raise LcodecError(id, message)


def warn(id: str, message: str) -> None:
    """Warn, pointing at the first line outside this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back and str(frame.f_globals.get("__name__", "")).split(".")[0] == "lcodec":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(LcodecWarning(id, message), stacklevel=depth)


# --- data -------------------------------------------------------------------------------------


def matrix(value: object, name: str, *, rows: int | None = None, like: str = "") -> FloatArray:
    """Return `value` as a finite float64 matrix (n, q), q >= 1.

    A one-dimensional value is one column. With `rows`, n must equal it (`like` names the argument
    that set it); without, n must be in [3, 2^21).
    """
    array = _real(value, name)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        fail(
            "lcodec:notMatrix",
            f"`{name}` must be a matrix or a vector, got {array.ndim} dimensions",
        )
    if array.shape[1] == 0:
        fail("lcodec:emptyInput", f"`{name}` must have at least one column, got {_size(array)}")
    _check_rows(array, name, rows, like)
    _check_finite(array, name)
    return array


def vector(value: object, name: str, *, rows: int | None = None, like: str = "") -> FloatArray:
    """Return `value`, of shape (n,) or (n, 1), as a finite float64 vector (n,)."""
    array = _real(value, name)
    if array.ndim != 1 and not (array.ndim == 2 and array.shape[1] == 1):
        if array.ndim != 2:
            fail("lcodec:notVector", f"`{name}` must be a vector, got {array.ndim} dimensions")
        fail("lcodec:notVector", f"`{name}` must be one column, got {_size(array)}")
    array = array.reshape(-1)
    _check_rows(array, name, rows, like)
    _check_finite(array, name)
    return array


def is_absent(value: object) -> bool:
    """Whether an optional matrix is left out: None, or no columns as MATLAB's ``[]``."""
    shape = getattr(value, "shape", None)
    return value is None or (shape is not None and len(shape) == 2 and shape[1] == 0)


def _check_rows(array: FloatArray, name: str, rows: int | None, like: str) -> None:
    n = array.shape[0]
    if rows is not None:
        if n != rows:
            fail("lcodec:sizeMismatch", f"`{name}` must have {rows} rows like `{like}`, got {n}")
    elif n < MIN_ROWS:
        fail("lcodec:tooFewRows", f"`{name}` must have at least {MIN_ROWS} rows, got {n}")
    elif n > MAX_ROWS:
        fail("lcodec:tooManyRows", f"`{name}` must have at most {MAX_ROWS} rows, got {n}")


def _check_finite(array: FloatArray, name: str) -> None:
    count = array.size - int(np.count_nonzero(np.isfinite(array)))
    if count:
        values = "value" if count == 1 else "values"
        fail("lcodec:nonFinite", f"`{name}` must be finite, got {count} NaN or infinite {values}")


def _size(array: FloatArray) -> str:
    return " x ".join(str(extent) for extent in array.shape)


def _real(value: object, name: str) -> FloatArray:
    """Convert lists, tables, tensors and arrays of any real type to float64; refuse the rest."""
    if value is None:  # MATLAB's []
        value = np.empty((0, 0))
    module = type(value).__module__.split(".")[0]
    if module == "scipy" and hasattr(value, "nnz"):
        fail("lcodec:sparseInput", f"`{name}` must be a full array, got a sparse one")
    if module == "torch":
        value = _from_torch(value, name)
    elif hasattr(value, "to_numpy"):  # pandas, polars
        value = value.to_numpy()
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "biuf":
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        _refuse_kind(name, "a container or object")
    if array.dtype.kind == "O":
        array = _from_objects(array, name)
    if array.dtype.kind == "c":
        fail("lcodec:complexInput", f"`{name}` must be real, got complex numbers")
    if array.dtype.kind in "US":
        _refuse_kind(name, "text")
    if array.dtype.kind not in "biuf":
        _refuse_kind(name, "a container or object")
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf and is refused
        return array.astype(np.float64, copy=False)


def _refuse_kind(name: str, what: str) -> NoReturn:
    fail("lcodec:notNumeric", f"`{name}` must be numeric, got {what}")


def _from_torch(value: Any, name: str) -> object:
    if value.layout != sys.modules["torch"].strided:
        fail("lcodec:sparseInput", f"`{name}` must be a full array, got a sparse one")
    if value.device.type != "cpu":
        fail("lcodec:device", f"`{name}` must be in host memory, got a {value.device.type} tensor")
    value = value.detach()
    # bfloat16 has no NumPy type; every other one is shared without a copy
    return value.double().numpy() if value.is_floating_point() else value.numpy()


def _from_objects(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Numbers kept as Python objects (nullable columns, Decimal, huge ints); missing is NaN."""
    out = np.empty(array.shape, dtype=np.float64)
    for at, item in np.ndenumerate(array):
        if item is None or type(item).__name__ in ("NAType", "NaTType"):
            out[at] = np.nan
        elif isinstance(item, (str, bytes)):
            _refuse_kind(name, "text")
        elif isinstance(item, numbers.Complex) and not isinstance(item, numbers.Real):
            fail("lcodec:complexInput", f"`{name}` must be real, got complex numbers")
        elif isinstance(item, (numbers.Number, np.bool_)):
            try:
                out[at] = float(item)  # type: ignore[arg-type]
            except OverflowError:
                out[at] = np.inf
        else:
            _refuse_kind(name, "a container or object")
    return out


# --- options ----------------------------------------------------------------------------------


def no_unknown(options: Mapping[str, object], known: Sequence[str]) -> None:
    """Refuse options that do not exist, naming the nearest that does."""
    for name in options:
        nearest = min(known, key=lambda option: _edits(name.lower(), option))
        fail(
            "lcodec:unknownOption", f"unknown option `{name}`; the nearest known one is `{nearest}`"
        )


def choice(value: object, name: str, allowed: Sequence[str]) -> str:
    """Return a text option, one of `allowed`."""
    if isinstance(value, str) and value in allowed:
        return value
    listed = ", ".join(f"'{option}'" for option in allowed)
    fail("lcodec:optionValue", f"`{name}` must be one of {listed}, got {_describe(value)}")


def whole_number(value: object, name: str, minimum: int, maximum: int = MAX_SEED) -> int:
    """Return a whole number in [minimum, maximum]; bools are not numbers."""
    if not _is_number(value) or float(value) != np.floor(float(value)):  # type: ignore[arg-type]
        fail("lcodec:optionType", f"`{name}` must be a whole number, got {_describe(value)}")
    if value < minimum:  # type: ignore[operator]
        fail("lcodec:optionRange", f"`{name}` must be at least {minimum}, got {_describe(value)}")
    if value > maximum:  # type: ignore[operator]
        fail("lcodec:optionRange", f"`{name}` must be at most {maximum}, got {_describe(value)}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def nonnegative(value: object, name: str) -> float:
    """Return a finite number >= 0."""
    if not _is_number(value):
        fail("lcodec:optionType", f"`{name}` must be a number, got {_describe(value)}")
    number = float(value)  # type: ignore[arg-type]
    if not 0 <= number < np.inf:
        fail(
            "lcodec:optionRange", f"`{name}` must be finite and at least 0, got {_describe(value)}"
        )
    return number


def flag(value: object, name: str) -> bool:
    """Return a truth value: True, False, 1 or 0."""
    if isinstance(value, (bool, np.bool_)) or (_is_number(value) and value in (0, 1)):
        return bool(value)
    fail("lcodec:optionType", f"`{name}` must be true or false, got {_describe(value)}")


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _describe(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Real):
        return f"{float(value):g}" if np.isfinite(float(value)) else _nonfinite(float(value))
    return "something else"


def _nonfinite(value: float) -> str:
    return "NaN" if np.isnan(value) else ("Inf" if value > 0 else "-Inf")


def _edits(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]


# --- messages that the statistics raise themselves ----------------------------------------------


def warn_constant_response() -> None:
    """Y has one value: the coefficient is 0/0."""
    warn("lcodec:constantResponse", "`y` is constant: the coefficient is undefined (NaN)")


def warn_determined_response() -> None:
    """Y is a function of x in the sample: the conditional coefficient is 0/0."""
    warn(
        "lcodec:determinedResponse",
        "`y` is determined by `x` in the sample: the coefficient is undefined (NaN)",
    )


def warn_constant_columns(columns: Iterable[int], name: str) -> None:
    """Constant columns carry no information and are never candidates."""
    listed = [int(column) + 1 for column in columns]
    if listed:
        shown = ", ".join(map(str, listed[:10])) + (", ..." if len(listed) > 10 else "")
        plural = "column" if len(listed) == 1 else "columns"
        warn(
            "lcodec:constantColumn",
            f"`{name}` has {len(listed)} constant {plural}, never selected "
            f"(counting from 1): {shown}",
        )


def fail_scale(name: str, column: int) -> NoReturn:
    """Squared distances would overflow, or vanish, in double precision."""
    fail(
        "lcodec:badScale",
        f"`{name}` must have squared differences and variances that double precision can hold, "
        f"got a column (number {column + 1}, counting from 1) that does not; rescale it",
    )
