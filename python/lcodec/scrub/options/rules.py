"""What the options may be: rules that return a value as it is kept, or fail.

A rule is called with the value and the name of the option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from lcodec.checks import choice, nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.privacy import Sekhari


def one_of(kind: object) -> Callable[[object, str], str]:
    """Return a rule: one of the values of a Literal."""
    return lambda value, name: choice(value, name, get_args(kind))


def at_least(minimum: int) -> Callable[[object, str], int]:
    """Return a rule: a whole number from a minimum on."""
    return lambda value, name: whole_number(value, name, minimum)


def two_passes(value: object, name: str) -> float:
    """Return a finite number of passes over the data, at least one before a step and one after."""
    number = nonnegative(value, name)
    if number < 2:
        checks.fail(
            "optionRange",
            f"`{name}` must be at least 2, a pass over the data before the step and one after it, "
            f"got {number:g}",
        )
    return number


def optional(rule: Callable[[Any, str], Any]) -> Callable[[object, str], Any]:
    """Return a rule that also takes None."""
    return lambda value, name: None if value is None else rule(value, name)


def names(value: object, name: str) -> tuple[str, ...]:
    """Return a sequence of names."""
    names = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else None
    if names is None or not all(isinstance(layer, str) for layer in names):
        checks.fail("optionType", f"`{name}` must be a sequence of names, got {value!r}")
    return names


def perturbation(value: object, name: str) -> object:
    """Return 'auto' or a callable."""
    if value != "auto" and not callable(value):
        checks.fail("optionType", f"`{name}` must be 'auto' or callable, got {value!r}")
    return value


def sekhari(value: object, name: str) -> object:
    """Return a Sekhari."""
    if not isinstance(value, Sekhari):
        checks.fail("optionType", f"`{name}` must be a Sekhari, got {type(value).__name__}")
    return value


def functions(value: object, name: str) -> tuple[object, ...]:
    """Return a callable, or several, as a tuple."""
    found = (value,) if callable(value) else value
    if not isinstance(found, (tuple, list)) or not all(map(callable, found)):
        checks.fail(
            "optionType",
            f"`{name}` must be callable or a sequence of callables, got {checks.kind(value)}",
        )
    return tuple(found)


def function(value: object, name: str) -> object:
    """Return a callable."""
    if not callable(value):
        checks.fail("optionType", f"`{name}` must be callable, got {type(value).__name__}")
    return value


def plain(value: Any) -> Any:
    """Return an option as a JSON-ready value: callables by their text."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return getattr(value, "__qualname__", repr(value)) if callable(value) else value
