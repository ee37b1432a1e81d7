"""Options: their types, their ranges, and the nearest known name for one that does not exist."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

import numpy as np

from lcodec.checks.errors import fail

P = ParamSpec("P")
R = TypeVar("R")
Text = TypeVar("Text", bound=str)

MAX_SEED = 2**53 - 1  # the largest whole number that MATLAB's doubles count exactly
LEAST_MEMORY = 2**20


def known_options(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` refuse keywords that it does not have, naming the nearest one it has."""
    names = frozenset(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **options: P.kwargs) -> R:
        if not names.issuperset(options):
            no_unknown([name for name in options if name not in names], function)
        return function(*args, **options)

    return checked


def no_unknown(options: Iterable[str], function: Callable[..., object]) -> None:
    """Refuse names that are no option of `function`, naming the nearest that is."""
    parameters = inspect.signature(function).parameters.values()
    known = [parameter.name for parameter in parameters if parameter.kind == parameter.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            nearest = min(known, key=lambda option: _edits(name.lower(), option))
            fail("unknownOption", f"unknown option `{name}`; the nearest known one is `{nearest}`")


def choice(value: object, name: str, allowed: Sequence[Text]) -> Text:
    """Return a text option, one of `allowed`."""
    for option in allowed:
        if isinstance(value, str) and value == option:
            return option
    listed = ", ".join(f"'{option}'" for option in allowed)
    fail("optionValue", f"`{name}` must be one of {listed}, got {_describe(value)}")


def whole_number(value: object, name: str, minimum: int, maximum: int = MAX_SEED) -> int:
    """Return a whole number in [minimum, maximum]; bools are not numbers."""
    if not _is_number(value) or float(value) != np.floor(float(value)):  # type: ignore[arg-type]
        fail("optionType", f"`{name}` must be a whole number, got {_describe(value)}")
    if value < minimum:  # type: ignore[operator]
        fail("optionRange", f"`{name}` must be at least {minimum}, got {_describe(value)}")
    if value > maximum:  # type: ignore[operator]
        fail("optionRange", f"`{name}` must be at most {maximum}, got {_describe(value)}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def nonnegative(value: object, name: str) -> float:
    """Return a finite number >= 0."""
    if not _is_number(value):
        fail("optionType", f"`{name}` must be a number, got {_describe(value)}")
    number = float(value)  # type: ignore[arg-type]
    if not 0 <= number < np.inf:
        fail("optionRange", f"`{name}` must be finite and at least 0, got {_describe(value)}")
    return number


def flag(value: object, name: str) -> bool:
    """Return a truth value: True, False, 1 or 0."""
    if isinstance(value, (bool, np.bool_)) or (_is_number(value) and value in (0, 1)):
        return bool(value)
    fail("optionType", f"`{name}` must be true or false, got {_describe(value)}")


def jobs(value: object) -> int | None:
    """Return `n_jobs`: None, or a whole number that is not 0."""
    if value is None:
        return None
    number = whole_number(value, "n_jobs", -MAX_SEED)
    if number == 0:
        fail(
            "optionRange",
            "`n_jobs` must be positive, or negative to count down from all processors, got 0",
        )
    return number


def memory_limit(value: object) -> int | None:
    """Return a number of bytes, at least `LEAST_MEMORY`, or None."""
    return None if value is None else whole_number(value, "memory_limit", LEAST_MEMORY)


def progress(value: object) -> bool | Callable[[int, int, int], object]:
    """Return True, False or a function."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if not callable(value):
        fail("optionType", f"`progress` must be true, false or a function, got {_describe(value)}")
    return value


def response(value: object) -> Literal["ordered"] | None:
    """Return "ordered", the statement that larger numbers mean more, or None."""
    if value is None:
        return None
    if isinstance(value, str) and value == "nominal":
        fail(
            "optionValue",
            "`response` cannot be 'nominal' yet: ask for one class at a time (y == class)",
        )
    choice(value, "response", ("ordered",))
    return "ordered"


def column_list(value: object, name: str, count: int, names: Sequence[str] = ()) -> list[int]:
    """Return the columns of `X` that an option lists by number, from 0, or by name."""
    if value is None:
        return []
    items = [value] if isinstance(value, str) or _is_number(value) else value
    if isinstance(items, (bytes, Mapping)) or not isinstance(items, Iterable):
        fail("optionType", f"`{name}` must list columns of `X`, got {_describe(value)}")
    columns = [_column(item, name, names) for item in items]
    unknown = sum(not 0 <= column < count for column in columns)
    if unknown:
        entries = "entry" if unknown == 1 else "entries"
        fail(
            "optionRange",
            f"`{name}` must list columns of `X`, which has {count}, got {unknown} other {entries}",
        )
    repeated = len(columns) - len(set(columns))
    if repeated:
        entries = "entry" if repeated == 1 else "entries"
        fail("optionRange", f"`{name}` must not repeat columns, got {repeated} extra {entries}")
    return columns


def _column(item: object, name: str, names: Sequence[str]) -> int:
    if isinstance(item, str):
        return list(names).index(item) if item in names else -1
    if not _is_number(item):
        fail("optionType", f"`{name}` must list columns of `X`, got {_describe(item)}")
    if float(item) != np.floor(float(item)):  # type: ignore[arg-type]
        fail("optionType", f"`{name}` must list columns of `X`, got a fraction")
    return int(item) if np.isfinite(float(item)) else -1  # type: ignore[arg-type, call-overload]


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _describe(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Real):
        text = f"{float(value):g}"
        return {"nan": "NaN", "inf": "Inf", "-inf": "-Inf"}.get(text, text)
    return "something else"


def _edits(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`."""
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]
