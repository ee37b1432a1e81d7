"""Arrays of any kind become finite float64 matrices, or an error that names the argument."""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Sequence
from typing import Any, Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import arrays, integers, tables
from lcodec.checks.errors import fail, in_columns, warn

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
    like_columns: int = 1,
    missing: Missing = "refuse",
    device: bool = False,
) -> FloatArray:
    """Return `value` as a finite float64 matrix (n, q), q >= 1.

    A one-dimensional value is one column. With `rows`, n must equal it (`like` names the argument
    that set it, of `like_columns`); without, n must be in [3, 2^21). With `missing` "drop", NaN may
    stand in it. With `device`, an array on a CUDA device stays there: the result is then CuPy's or
    torch's.
    """
    names = tables.names_of(value)
    array = real(value, name, device, names=names)
    if array.ndim == 1:
        array = array[:, None]
    matrix_shape(array.shape, name, rows, like, like_columns)
    all_finite(array, name, missing, names)
    return array


def matrix_shape(
    shape: tuple[int, ...],
    name: str,
    rows: int | None = None,
    like: str = "",
    like_columns: int = 1,
) -> None:
    """Refuse shapes that are not a matrix (n, q) of at least one column and enough rows."""
    if len(shape) != 2:
        fail("notMatrix", f"`{name}` must be a matrix or a vector, got {len(shape)} dimensions")
    if shape[1] == 0:
        fail("emptyInput", f"`{name}` must have at least one column, got {_size(shape)}")
    _check_rows((shape[0], shape[1]), name, rows, like, like_columns)


def vector(
    value: object,
    name: str,
    *,
    rows: int | None = None,
    like: str = "",
    like_columns: int = 1,
    missing: Missing = "refuse",
    device: bool = False,
    ordinal: bool = False,
    nominal: bool | None = None,
) -> FloatArray:
    """Return `value`, of shape (n,) or (n, 1), as a finite float64 vector (n,).

    Where only the order of its values counts (`ordinal`), whole numbers beyond 2^53 become ranks.
    `nominal` is whether they are classes, None where they cannot be.
    """
    array = real(value, name, device, ordinal, nominal=nominal)
    if array.ndim not in (1, 2):
        fail("notVector", f"`{name}` must be a vector, got {array.ndim} dimensions")
    if array.ndim == 2 and array.shape[1] != 1:
        hint = "; transpose it" if array.shape[0] == 1 and array.shape[1] > 1 else ""
        fail("notVector", f"`{name}` must be one column, got {_size(array.shape)}{hint}")
    array = array.reshape(-1)
    _check_rows((len(array), 1), name, rows, like, like_columns)
    all_finite(array, name, missing)
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


def is_absent(value: object) -> bool:
    """Whether an optional matrix is left out: None, an empty list, or no columns."""
    if isinstance(value, (list, tuple)):
        return not value
    shape = getattr(value, "shape", None)
    return value is None or shape == (0,) or (
        shape is not None and len(shape) == 2 and shape[1] == 0
    )  # fmt: skip


def _check_rows(
    shape: tuple[int, int], name: str, rows: int | None, like: str, like_columns: int
) -> None:
    n, columns = shape
    if rows is not None:
        if n != rows:
            hint = f"; transpose `{like}`" if n == like_columns > 1 else ""
            hint = "; transpose it" if columns == rows else hint
            fail("sizeMismatch", f"`{name}` must have {rows} rows like `{like}`, got {n}{hint}")
    elif n < MIN_ROWS:
        hint = "; transpose it if its columns are the samples" if columns >= MIN_ROWS else ""
        fail("tooFewRows", f"`{name}` must have at least {MIN_ROWS} rows, got {n}{hint}")
    elif n > MAX_ROWS:
        fail("tooManyRows", f"`{name}` must have at most {MAX_ROWS} rows, got {n}")


def all_finite(array: FloatArray, name: str, missing: Missing, names: Sequence[str] = ()) -> None:
    """Refuse infinite values and, unless `missing` is "drop", NaN."""
    xp = arrays.namespace(array)
    if bool(xp.isinf(array).any() if missing == "drop" else not xp.isfinite(array).all()):
        refuse_nonfinite(nonfinite(array), name, missing, names)


def nonfinite(array: FloatArray) -> IntArray:
    """Return how many NaN and how many infinite values each column has, (2, p)."""
    xp, n = arrays.namespace(array), len(array)
    counts = [what(array).reshape(n, -1).sum(axis=0).tolist() for what in (xp.isnan, xp.isinf)]
    return np.array(counts, dtype=np.int64)


def refuse_nonfinite(
    counts: IntArray, name: str, missing: Missing, names: Sequence[str] = ()
) -> NoReturn:
    """Say which columns have values that are refused, from what `nonfinite` counts in each."""
    nan, infinite = counts if missing == "refuse" else (np.zeros_like(counts[0]), counts[1])
    of_columns = nan + infinite
    what = " or ".join(["NaN"] * bool(nan.any()) + ["infinite"] * bool(infinite.any()))
    values = "value" if of_columns.sum() == 1 else "values"
    where = in_columns(np.flatnonzero(of_columns).tolist(), names, len(of_columns))
    hint = "missing='drop' leaves out rows with NaN" if nan.any() else "replace what is infinite"
    fail(
        "nonFinite",
        f"`{name}` must be finite, got {of_columns.sum()} {what} {values}{where}; {hint}",
    )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(extent) for extent in shape)


def real(
    value: Any,
    name: str,
    device: bool = False,
    ordinal: bool = False,
    names: Sequence[str] = (),
    nominal: bool | None = None,
) -> FloatArray:
    """Convert lists, tables, tensors and arrays of any real type to float64; refuse the rest.

    See `vector` for `ordinal` and `nominal`; errors name columns by `names`.
    """
    if type(value) is np.ndarray and value.dtype == np.float64:  # there is nothing to convert
        return value
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
    columns = tables.columns_of(value)
    parts = [value] if columns is None else [column for _, column in columns]
    if nominal is False and any(map(tables.has_categories, parts)):
        refuse(name, "categories", nominal=nominal)
    if columns is not None:
        arrays_ = [plain_array(column, name) for _, column in columns]
        return _side_by_side(arrays_, name, ordinal, names, nominal)
    array = plain_array(value, name, nominal)
    exact = integers.mixed(value, array)
    array = array if exact is None else exact
    if array.dtype.kind == "O" and array.ndim == 2 and array.shape[1] > 0:
        return _side_by_side(list(array.T), name, ordinal, names, nominal)
    numeric = _as_float(array, name, ordinal)
    if isinstance(numeric, str):
        refuse(name, numeric, nominal=nominal)
    return numeric


def plain_array(value: Any, name: str, nominal: bool | None = None) -> NDArray[Any]:
    """Return what any library holds as an array of NumPy, of whatever type."""
    if arrays.is_tensor(value):
        value = value.detach()  # bfloat16 has no NumPy type; every other one is shared, not copied
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    elif hasattr(value, "to_numpy") and arrays.library(value) != "pyarrow":  # pandas, polars
        value = value.to_numpy()  # pyarrow's refuses what it would have to copy
    if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "biuf":
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        return np.asarray(value)
    except ValueError:  # rows of unequal length
        refuse(name, "a container or object", nominal=nominal)
    except RuntimeError:  # a standard array on a device that NumPy does not reach
        fail("device", f"`{name}` must be in host memory, got an array on {value.device}")


def _side_by_side(
    columns: Sequence[NDArray[Any]],
    name: str,
    ordinal: bool,
    names: Sequence[str],
    nominal: bool | None = None,
) -> FloatArray:
    """Return columns (n,) or (n, k) as one matrix; say which of them are no numbers."""
    numeric = [_as_float(column, name, ordinal) for column in columns]
    refused = [k for k, column in enumerate(numeric) if isinstance(column, str)]
    if refused:
        what = str(numeric[refused[0]])
        same = [k for k in refused if numeric[k] == what]
        refuse(name, what, in_columns(same, names, len(columns)), len(same), nominal)
    return np.column_stack(numeric)


def refuse(
    name: str, what: str, where: str = "", count: int = 1, nominal: bool | None = None
) -> NoReturn:
    """Say that an argument, or `count` columns `where`, must be numbers, and what came instead."""
    them = "it" if count == 1 else "them"
    other = f" or leave {them} out" if where else ""
    if what == "complex numbers":
        fail("complexInput", f"`{name}` must be real, got complex numbers{where}")
    hint = {
        "text": f"; encode {them} as numbers{other}",
        "dates or times": f"; convert {them} to numbers (days, for example){other}",
    }.get(what, "")
    if nominal is False and what in ("text", "categories"):
        hint = "; response='nominal' takes its values as classes"
    kinds = "text, categories or numbers" if nominal else "numeric"
    fail("notNumeric", f"`{name}` must be {kinds}, got {what}{where}{hint}")


def _as_float(array: NDArray[Any], name: str, ordinal: bool) -> FloatArray | str:
    """Return an array as float64, or what it holds instead of real numbers."""
    doubles: FloatArray
    if array.dtype.kind == "O":
        numeric = _from_objects(array)
        if not isinstance(numeric, str):
            doubles = integers.from_objects(array, numeric, name, ordinal)
        return numeric if isinstance(numeric, str) else doubles
    kinds = {"c": "complex numbers", "M": "dates or times", "m": "dates or times"}
    if array.dtype.kind not in "biuf":
        return (kinds | dict.fromkeys("UST", "text")).get(array.dtype.kind, "a container or object")
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf and is refused
        doubles = integers.to_doubles(array, name, ordinal)
    return doubles


def _from_objects(array: NDArray[Any]) -> FloatArray | str:
    """Numbers kept as Python objects (nullable columns, Decimal, huge ints); missing is NaN."""
    out = np.empty(array.shape, dtype=np.float64)
    for at, item in np.ndenumerate(array):
        if is_missing(item):
            out[at] = np.nan
        elif isinstance(item, (str, bytes)):
            return "text"
        elif isinstance(item, (datetime.date, datetime.time, datetime.timedelta)):
            return "dates or times"
        elif isinstance(item, numbers.Complex) and not isinstance(item, numbers.Real):
            return "complex numbers"
        elif isinstance(item, (numbers.Number, np.bool_)):
            try:
                out[at] = float(item)  # type: ignore[arg-type]
            except OverflowError:
                out[at] = np.inf
        else:
            return "a container or object"
    return out


def is_missing(item: object) -> bool:
    """Whether an entry of an array of objects stands for a missing value."""
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(item, float) and item != item
