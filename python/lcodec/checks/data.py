"""Arrays of any kind become finite float64 matrices, or an error that names the argument."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import arrays, integers
from lcodec.checks.errors import fail, warn

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Missing = Literal["refuse", "drop"]

MIN_ROWS = 3
MAX_ROWS = 2**21 - 1  # sums of n^3 stay below 2^63
MISSING: tuple[Missing, ...] = get_args(Missing)


def matrix(
    value: object,
    name: str,
    *,
    rows: int | None = None,
    like: str = "",
    missing: Missing = "refuse",
    device: bool = False,
) -> FloatArray:
    """Return `value` as a finite float64 matrix (n, q), q >= 1.

    A one-dimensional value is one column. With `rows`, n must equal it (`like` names the argument
    that set it); without, n must be in [3, 2^21). With `missing` "drop", NaN may stand in it. With
    `device`, an array on a CUDA device stays there: the result is then CuPy's or torch's.
    """
    array = real(value, name, device)
    if array.ndim == 1:
        array = array[:, None]
    matrix_shape(array.shape, name, rows, like)
    all_finite(count_nonfinite(array, missing), name, missing)
    return array


def matrix_shape(
    shape: tuple[int, ...], name: str, rows: int | None = None, like: str = ""
) -> None:
    """Refuse shapes that are not a matrix (n, q) of at least one column and enough rows."""
    if len(shape) != 2:
        fail("notMatrix", f"`{name}` must be a matrix or a vector, got {len(shape)} dimensions")
    if shape[1] == 0:
        fail("emptyInput", f"`{name}` must have at least one column, got {_size(shape)}")
    _check_rows(shape[0], name, rows, like)


def vector(
    value: object,
    name: str,
    *,
    rows: int | None = None,
    like: str = "",
    missing: Missing = "refuse",
    device: bool = False,
    ordinal: bool = False,
) -> FloatArray:
    """Return `value`, of shape (n,) or (n, 1), as a finite float64 vector (n,).

    Where only the order of its values counts (`ordinal`), whole numbers beyond 2^53 become ranks.
    """
    array = real(value, name, device, ordinal)
    if array.ndim not in (1, 2):
        fail("notVector", f"`{name}` must be a vector, got {array.ndim} dimensions")
    if array.ndim == 2 and array.shape[1] != 1:
        fail("notVector", f"`{name}` must be one column, got {_size(array.shape)}")
    array = array.reshape(-1)
    _check_rows(len(array), name, rows, like)
    all_finite(count_nonfinite(array, missing), name, missing)
    return array


def complete(values: Sequence[FloatArray], name: str, missing: Missing) -> list[FloatArray]:
    """Return arrays without the rows in which any of them has NaN, saying how many these are.

    `name` is the argument to speak of when fewer than three rows are left.
    """
    if missing == "refuse":
        return list(values)
    xp, n = arrays.namespace(values[0]), len(values[0])
    keep = ~xp.isnan(values[0].reshape(n, -1)).any(axis=1)
    for array in values[1:]:
        keep &= ~xp.isnan(array.reshape(n, -1)).any(axis=1)
    left = int(xp.count_nonzero(keep))
    if left == n:
        return list(values)
    enough_complete(left, n, name)
    return [array[keep] for array in values]


def enough_complete(left: int, n: int, name: str) -> None:
    """Say that only `left` of n rows are without missing values; refuse fewer than three."""
    if left < MIN_ROWS:
        fail(
            "tooFewRows",
            f"`{name}` must have at least {MIN_ROWS} rows without missing values, got {left}",
        )
    warn("rowsDropped", f"dropped {n - left} of {n} rows, which have missing values")


def names_of(value: object) -> tuple[str, ...]:
    """Return the column names of a pandas or polars table, and nothing for anything else."""
    if getattr(value, "ndim", len(getattr(value, "shape", ()))) != 2:
        return ()
    return tuple(str(name) for name in getattr(value, "columns", ()))


def is_absent(value: object) -> bool:
    """Whether an optional matrix is left out: None, or no columns as MATLAB's ``[]``."""
    shape = getattr(value, "shape", None)
    return value is None or (shape is not None and len(shape) == 2 and shape[1] == 0)


def _check_rows(n: int, name: str, rows: int | None, like: str) -> None:
    if rows is not None:
        if n != rows:
            fail("sizeMismatch", f"`{name}` must have {rows} rows like `{like}`, got {n}")
    elif n < MIN_ROWS:
        fail("tooFewRows", f"`{name}` must have at least {MIN_ROWS} rows, got {n}")
    elif n > MAX_ROWS:
        fail("tooManyRows", f"`{name}` must have at most {MAX_ROWS} rows, got {n}")


def count_nonfinite(array: FloatArray, missing: Missing) -> int:
    """Return how many values are infinite or, unless `missing` is "drop", NaN."""
    xp = arrays.namespace(array)
    bad = xp.isinf(array) if missing == "drop" else ~xp.isfinite(array)
    return int(xp.count_nonzero(bad))


def all_finite(count: int, name: str, missing: Missing) -> None:
    """Refuse an argument with so many values that `count_nonfinite` counts."""
    if count:
        what = "infinite" if missing == "drop" else "NaN or infinite"
        values = "value" if count == 1 else "values"
        fail("nonFinite", f"`{name}` must be finite, got {count} {what} {values}")


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(extent) for extent in shape)


def real(value: Any, name: str, device: bool = False, ordinal: bool = False) -> FloatArray:
    """Convert lists, tables, tensors and arrays of any real type to float64; refuse the rest.

    See `vector` for `ordinal`.
    """
    given = value
    if value is None:  # MATLAB's []
        value = np.empty((0, 0))
    if arrays.is_sparse(value):
        fail("sparseInput", f"`{name}` must be a full array, got a sparse one")
    place = arrays.place(value)
    if place == "cuda" and device:
        on_device: FloatArray = integers.to_doubles(arrays.on_cuda(value, name), name, ordinal)
        return on_device
    if place != "host":
        fail("device", f"`{name}` must be in host memory, got an array on {place}")
    if arrays.is_tensor(value):
        value = value.detach()  # bfloat16 has no NumPy type; every other one is shared, not copied
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    elif hasattr(value, "to_numpy"):  # pandas, polars
        value = value.to_numpy()
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "biuf":
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        _refuse_kind(name, "a container or object")
    except RuntimeError:  # a standard array on a device that NumPy does not reach
        fail("device", f"`{name}` must be in host memory, got an array on {value.device}")
    exact = integers.mixed(given, array)
    array = array if exact is None else exact
    if array.dtype.kind == "O":
        array = integers.from_objects(array, _from_objects(array, name), name, ordinal)
    if array.dtype.kind == "c":
        fail("complexInput", f"`{name}` must be real, got complex numbers")
    if array.dtype.kind in "US":
        _refuse_kind(name, "text")
    if array.dtype.kind not in "biuf":
        _refuse_kind(name, "a container or object")
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf and is refused
        doubles: FloatArray = integers.to_doubles(array, name, ordinal)
    return doubles


def _refuse_kind(name: str, what: str) -> NoReturn:
    fail("notNumeric", f"`{name}` must be numeric, got {what}")


def _from_objects(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Numbers kept as Python objects (nullable columns, Decimal, huge ints); missing is NaN."""
    out = np.empty(array.shape, dtype=np.float64)
    for at, item in np.ndenumerate(array):
        if item is None or type(item).__name__ in ("NAType", "NaTType"):
            out[at] = np.nan
        elif isinstance(item, (str, bytes)):
            _refuse_kind(name, "text")
        elif isinstance(item, numbers.Complex) and not isinstance(item, numbers.Real):
            fail("complexInput", f"`{name}` must be real, got complex numbers")
        elif isinstance(item, (numbers.Number, np.bool_)):
            try:
                out[at] = float(item)  # type: ignore[arg-type]
            except OverflowError:
                out[at] = np.inf
        else:
            _refuse_kind(name, "a container or object")
    return out
