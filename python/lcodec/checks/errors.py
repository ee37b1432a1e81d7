"""The error and the warning of this package: the one place that raises them.

`lcodec.checks.ids` lists every id. Columns are counted from 1 in messages, in both languages, and
the messages say so.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn


class _Identified(Exception):  # noqa: N818 (of errors and of warnings)
    """A message with an id; both survive pickling."""

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.id, str(self))


class LcodecError(_Identified, ValueError):
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


class _MissingPackage(LcodecError, ImportError):  # noqa: N818 (its name is not shown)
    """A package is missing. Programs that only try an import go on, as they do elsewhere."""


class LcodecWarning(_Identified, UserWarning):
    """A result that is defined but needs attention; `id` is the same as in MATLAB."""


def fail(id: str, message: str, kind: type[LcodecError] = LcodecError) -> NoReturn:
    """Raise the error ``lcodec:<id>``, or one of its kinds."""
    raise kind(f"lcodec:{id}", message)


def warn(id: str, message: str) -> None:
    """Warn with ``lcodec:<id>``, pointing at the first line outside this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back and str(frame.f_globals.get("__name__", "")).split(".")[0] == "lcodec":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(LcodecWarning(f"lcodec:{id}", message), stacklevel=depth)


def needed(module: str, extra: str, what: str) -> Any:
    """Return a module of a package that only `what` needs; say how to install it.

    It comes with this `extra` of the package.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".")[0]
        if error.name is None or error.name.split(".")[0] != package:
            raise  # the package is there, and lacks something itself
    fail(
        "noPackage",
        f"{what} needs {package}, which is not installed: pip install 'lcodec[{extra}]'",
        _MissingPackage,
    )


def warn_constant_response(columns: Sequence[int] = ()) -> None:
    """Y, or some of its columns, have one value: the coefficient is 0/0."""
    if len(columns):
        warn(
            "constantResponse",
            "`y` has constant columns, and the coefficient is undefined (NaN); leave them out"
            f"{_listed(columns)}",
        )
    else:
        warn("constantResponse", "`y` is constant: the coefficient is undefined (NaN)")


def warn_determined_response(name: str, response: str = "y") -> None:
    """Y is a function of the conditioning variables in the sample: the coefficient is 0/0."""
    warn(
        "determinedResponse",
        f"`{response}` is determined by `{name}` in the sample: the coefficient is undefined (NaN)",
    )


def in_columns(columns: Sequence[int], names: Sequence[str], count: int) -> str:
    """Say which of `count` columns are meant; nothing for the only one, where it has no name."""
    if count == 1 and not names:
        return ""
    which = [f"`{names[column]}`" if names else str(column + 1) for column in columns]
    counted = "" if names else " (counting from 1)"
    return f" in column{'s' if len(which) > 1 else ''} {shortened(which)}{counted}"


def shortened(items: Sequence[str], most: int = 10) -> str:
    """Return the first items with commas between them, and dots where there are more."""
    return ", ".join(items[:most]) + (", ..." if len(items) > most else "")


def warn_constant_columns(columns: Sequence[int], name: str, names: Sequence[str] = ()) -> None:
    """Constant columns carry no information and are never candidates."""
    if len(columns):
        plural = "column" if len(columns) == 1 else "columns"
        warn(
            "constantColumn",
            f"`{name}` has {len(columns)} constant {plural}, never selected"
            f"{_listed(columns, names)}",
        )


def warn_copied_columns(columns: Sequence[int], name: str, names: Sequence[str] = ()) -> None:
    """Say which selected columns are copies: they change weights in the distance."""
    if len(columns):
        warn(
            "copiedColumn",
            f"`{name}` has copies, up to shift and scale, of columns selected before, which count "
            f"as columns of their own; leave them out{_listed(columns, names)}",
        )


def warn_nearly_constant_columns(
    columns: Sequence[int], name: str, names: Sequence[str] = ()
) -> None:
    """Columns vary by rounding alone, and scaling blows that up."""
    if len(columns):
        warn(
            "nearlyConstantColumn",
            f"`{name}` has columns that vary by no more than rounding, as sums of the same numbers "
            f"in another order do; leave them out or round them{_listed(columns, names)}",
        )


def warn_tiny_differences(columns: Sequence[int], name: str, names: Sequence[str] = ()) -> None:
    """Squares of differences fall below the normal doubles: to 0, or with digits lost."""
    if len(columns):
        warn(
            "tinyDifferences",
            f"`{name}` has columns with differences so small that their squares lose digits or "
            f"vanish; rescale them or take logarithms"
            f"{_listed(columns, names)}",
        )


def warn_few_values(count: int, way_out: str, name: str = "y") -> None:
    """Whole numbers are taken as ordered; codes of classes are not, and have a way out."""
    warn(
        "fewValues",
        f"`{name}` has {count} different whole numbers, taken as ordered from small to large. "
        f"Where they are codes of classes, the result depends on the coding: {way_out}. Where the "
        "order is meant, set `response` to 'ordered'",
    )


def warn_all_classes_differ(n: int) -> None:
    """No two rows are of the same class, so that no row can tell of another."""
    warn(
        "allClassesDiffer",
        f"`y` has a class of its own in each of {n} rows: nothing can be learnt, and the "
        "coefficient is 0. Where it holds numbers that have an order, leave out response='nominal'",
    )


def warn_undefined_subsamples(count: int, total: int) -> None:
    """Say in how many subsamples y is constant, or a function of the conditioning variables."""
    warn(
        "undefinedSubsamples",
        f"the coefficient is undefined in {count} of {total} subsamples, which are left out: `y` "
        "is constant in them, or determined by `x`; take a larger `subsample_size`",
    )


def _listed(columns: Sequence[int], names: Sequence[str] = ()) -> str:
    which = [names[column] if names else str(column + 1) for column in columns]
    return f"{'' if names else ' (counting from 1)'}: {shortened(which)}"
