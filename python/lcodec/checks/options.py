"""Options: their types, their ranges, and what to write for one that does not exist."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

import numpy as np

from lcodec.checks.errors import fail
from lcodec.checks.spellings import instead_of

P = ParamSpec("P")
R = TypeVar("R")
Text = TypeVar("Text", bound=str)

Response = Literal["ordered", "nominal"]

RESPONSES: tuple[Response, ...] = get_args(Response)
MAX_SEED = 2**53 - 1  # the largest whole number that MATLAB's doubles count exactly
LEAST_MEMORY = 2**20
MOST_NEIGHBORS = 2**10  # so that every sum over them is a whole number below 2^53
# the rule of "auto", chosen by bench.selection.neighbors; 0 stands for it until rows are counted
AUTO, ROWS_PER_NEIGHBOR, MOST_OF_AUTO = 0, 15, 20
Neighbors = int | Literal["auto"]


def known_options(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` refuse keywords that it does not have, saying what it has instead."""
    names = frozenset(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **options: P.kwargs) -> R:
        if not names.issuperset(options):
            no_unknown([name for name in options if name not in names], function)
        return function(*args, **options)

    return checked


def no_unknown(options: Iterable[str], function: Callable[..., object]) -> None:
    """Refuse names that are no option of `function`, saying what it has instead."""
    parameters = inspect.signature(function).parameters.values()
    known = [parameter.name for parameter in parameters if parameter.kind == parameter.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            fail("unknownOption", f"unknown option `{name}`; {instead_of(name, known)}")


def choice(value: object, name: str, allowed: Sequence[Text]) -> Text:
    """Return a text option, one of `allowed`, read without regard to case."""
    for option in allowed:
        if isinstance(value, str) and value.lower() == option:
            return option
    listed = ", ".join(f"'{option}'" for option in allowed)
    fail("optionValue", f"`{name}` must be one of {listed}, got {describe(value)}")


def whole_number(
    value: object, name: str, minimum: int, maximum: int = MAX_SEED, other: str = ""
) -> int:
    """Return a whole number in [minimum, maximum]; bools are not numbers.

    `other` says what an error names beside whole numbers.
    """
    if type(value) is not int and (
        not is_number(value) or float(value) != np.floor(float(value))  # type: ignore[arg-type]
    ):
        fail("optionType", f"`{name}` must be a whole number{other}, got {describe(value)}")
    if value < minimum:  # type: ignore[operator]
        fail("optionRange", f"`{name}` must be at least {minimum}, got {describe(value)}")
    if value > maximum:  # type: ignore[operator]
        fail("optionRange", f"`{name}` must be at most {maximum}, got {describe(value)}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def nonnegative(value: object, name: str) -> float:
    """Return a finite number >= 0."""
    if not is_number(value):
        fail("optionType", f"`{name}` must be a number, got {describe(value)}")
    number = float(value)  # type: ignore[arg-type]
    if not 0 <= number < np.inf:
        fail("optionRange", f"`{name}` must be finite and at least 0, got {describe(value)}")
    return number


def fraction(value: object, name: str) -> float:
    """Return a number above 0 and below 1."""
    if not is_number(value):
        fail("optionType", f"`{name}` must be a number, got {describe(value)}")
    number = float(value)  # type: ignore[arg-type]
    if not 0 < number < 1:
        fail("optionRange", f"`{name}` must be above 0 and below 1, got {describe(value)}")
    return number


def stopping(value: object) -> bool | Literal["test"]:
    """Return the option `stop` of `foci`: a truth value, or "test"; "gain" is True."""
    if isinstance(value, str) and value.lower() == "test":
        return "test"
    if isinstance(value, str) and value.lower() == "gain":
        return True
    if not _is_flag(value):
        fail("optionType", f"`stop` must be true, false, 'gain' or 'test', got {describe(value)}")
    return bool(value)


def flag(value: object, name: str) -> bool:
    """Return a truth value: True, False, 1 or 0."""
    if _is_flag(value):
        return bool(value)
    fail("optionType", f"`{name}` must be true or false, got {describe(value)}")


def neighbors(value: object, name: str = "n_neighbors") -> int:
    """Return how many nearest rows to take the mean over; `AUTO` until the rows are known."""
    if isinstance(value, str) and value.lower() == "auto":
        return AUTO
    return whole_number(value, name, 1, MOST_NEIGHBORS, " or 'auto'")


def neighbors_of(n_neighbors: int, rows: int, what: str = "") -> int:
    """Return `n_neighbors` of so many rows, of the sample or of `what`; refuse too many."""
    if n_neighbors == AUTO:
        return min(-(-rows // ROWS_PER_NEIGHBOR), MOST_OF_AUTO)
    if n_neighbors >= rows:
        fail(
            "optionRange",
            f"`n_neighbors` must be less than the number of rows{what}, {rows}, got {n_neighbors}",
        )
    return n_neighbors


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
    """Return a number of bytes, at least `LEAST_MEMORY`, or None; infinity is no limit."""
    if value is None:
        return None
    return MAX_SEED if is_infinite(value) else whole_number(value, "memory_limit", LEAST_MEMORY)


def progress(value: object) -> bool | Callable[[int, int, int], object]:
    """Return True, False or a function; 1 and 0 are truth values too."""
    if _is_flag(value):
        return bool(value)
    if not callable(value):
        fail("optionType", f"`progress` must be true, false or a function, got {describe(value)}")
    return value


def response(value: object) -> Response | None:
    """Return what values of y mean: "ordered", larger is more, "nominal", classes, or None."""
    return None if value is None else choice(value, "response", RESPONSES)


def ordered_response(
    value: object,
    instead: str = "where the order of `y` is all that counts; `codec` takes classes",
) -> None:
    """Check the same option of a function that goes by the order of y; `instead` is the way out."""
    if isinstance(value, str) and value.lower() == "nominal":
        fail("optionValue", f"`response` cannot be 'nominal' here, {instead}")
    if value is not None:
        choice(value, "response", ("ordered",))


def _is_flag(value: object) -> bool:
    return isinstance(value, (bool, np.bool_)) or (is_number(value) and value in (0, 1))


def is_infinite(value: object) -> bool:
    """Whether `value` is positive infinity, which stands for no limit."""
    return is_number(value) and float(value) == np.inf  # type: ignore[arg-type]


def is_number(value: object) -> bool:
    """Whether `value` is a real number; truth values are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def describe(value: object) -> str:
    """Say what came, in the words that MATLAB uses too."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Real):
        text = f"{float(value):g}"
        return {"nan": "NaN", "inf": "Inf", "-inf": "-Inf"}.get(text, text)
    return "something else"
