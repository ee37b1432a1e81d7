"""What the lines of a ledger hold, field by field; all else was written by somebody else.

A line is JSON as `json.dumps` writes it, in ASCII and without spaces, so the same fields have one
form: a name that comes twice, NaN, or bytes that are no UTF-8 are none of it.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections import Counter
from collections.abc import Callable, Mapping
from sys import float_info
from typing import Any, TypeAlias

from lcodec.scrub.samples.ids import writable

Rule: TypeAlias = tuple[str, Callable[[Any], object]]
"""What a field must be, in words, and the check."""

_sha = re.compile(r"[0-9a-f]{64}", re.ASCII).fullmatch
_utc = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\+00:00", re.ASCII
).fullmatch
_version = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]{0,63}", re.ASCII).fullmatch


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().raw_decode


def dumps(fields: Mapping[str, Any]) -> bytes:
    """Return JSON as lines hold it; ValueError, TypeError or RecursionError where it has none."""
    return _encode(fields).encode("ascii")


def is_sha(value: object) -> bool:
    """Return whether this is a SHA-256 in lower-case hexadecimal digits."""
    return isinstance(value, str) and _sha(value) is not None


def _count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _number(value: Any) -> bool:
    return type(value) in (int, float) and bool(abs(value) <= float_info.max)


def _positive(value: Any) -> bool:
    return _number(value) and bool(value >= 0)


def _text(value: object) -> bool:
    return type(value) is str


def _time(value: object) -> bool:
    return isinstance(value, str) and _utc(value) is not None


def _spent(value: Any) -> bool:
    return type(value) is dict and value.keys() == SPENT and all(map(_positive, value.values()))


def _noise(value: Any) -> bool:
    return value is None or (
        type(value) is dict and all(_positive(value.get(name)) for name in SPENT)
    )


def _distinct(value: Any, check: Callable[[Any], object]) -> bool:
    return type(value) is list and all(map(check, value)) and len(set(value)) == len(value)


def _slices(value: Any) -> bool:
    return type(value) is dict and all(
        type(units) is list and all(map(_count, units)) for units in value.values()
    )


def _account(value: Any) -> bool:
    """Return whether this tells of a removal; a later version may tell more of it."""
    return type(value) is dict and all(
        told is None or name not in ACCOUNT or ACCOUNT[name](told) for name, told in value.items()
    )


SPENT = {"epsilon", "delta"}
ACCOUNT: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(("select", "response", "step", "curvature", "solver", "gradient"), _text),
    **dict.fromkeys(("retained", "parameters_touched", "parameters_total"), _count),
    **dict.fromkeys(("curvature_samples", "training_size"), _count),
    **dict.fromkeys(("forgotten_slope", "retained_slope"), _positive),
    **dict.fromkeys(("accuracy_before", "accuracy_after"), _positive),
    **dict.fromkeys(("retained_digest", "forgotten_digest"), _text),
    "predicted_loss_change": _number,
    **dict.fromkeys(("damping", "step_norm", "gradient_before", "gradient_after"), _positive),
    **dict.fromkeys(("residual_before", "residual_after"), _positive),
    **dict.fromkeys(("loss_before", "loss_after", "predicted_change", "actual_change"), _number),
    "step_clipped": lambda value: type(value) is bool,
    "slices": _slices,
}
SHA: Rule = ("a SHA-256 (64 lower-case hexadecimal digits)", is_sha)
TIME: Rule = ("a time in UTC such as 2026-01-31T12:00:00+00:00", _time)
VERSION: Rule = ("a version", lambda value: type(value) is str and _version(value))
NONE: Rule = ("null", lambda value: value is None)
EMPTY: Rule = ("an empty object", lambda value: value == {} and type(value) is dict)

HEADER: Mapping[str, Rule] = {
    "format": ("lcodec-ledger", lambda value: value == "lcodec-ledger"),
    "version": ("1", lambda value: type(value) is int and value == 1),
    "time": TIME,
    "library": VERSION,
}
COMMON: Mapping[str, Rule] = {
    "sequence": ("a whole number", _count),
    "time": TIME,
    "kind": ("removal or undo", lambda value: value in ("removal", "undo")),
    "ids": (
        "a list of distinct whole numbers and texts",
        lambda value: _distinct(value, writable),
    ),
    "samples": ("a list of distinct SHA-256", lambda value: _distinct(value, is_sha)),
    "composed": ("epsilon and delta, finite and at least 0", _spent),
    "library": VERSION,
    "step": SHA,
    "before": SHA,
    "after": SHA,
    "previous": SHA,
}
KINDS: Mapping[str, Mapping[str, Rule]] = {
    "removal": {
        **COMMON,
        "undoes": NONE,
        "removal": ("what a removal reports", _account),
        "noise": ("null, or have epsilon and delta, finite and at least 0", _noise),
        "options": ("an object", lambda value: type(value) is dict),
    },
    "undo": {
        **COMMON,
        "undoes": ("a whole number", _count),
        "removal": EMPTY,
        "noise": NONE,
        "options": EMPTY,
    },
}
"""The fields of each kind of entry: all of them are there, and no others."""


def fields_of(body: bytes) -> dict[str, Any] | str:
    """Return what a line holds, given up to its seal; a text that says what is wrong with it."""
    try:
        text = f"{body.decode('ascii')}}}"
        fields, _ = _decode(text)
        if type(fields) is dict and _encode(fields) == text:
            return fields
    except json.JSONDecodeError as error:
        return f"be JSON, got something else at column {error.colno}"
    except UnicodeDecodeError as error:
        return f"be in ASCII, got byte {body[error.start]:#04x} at column {error.start + 1}"
    except RecursionError:
        return "be JSON of few levels, got a deeply nested one"
    except (ValueError, OverflowError):  # a number that dumps or loads refuses
        pass
    return _not_canonical(body)


def _not_canonical(body: bytes) -> str:
    """Say which field keeps a line that is JSON from being in its one form."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = Counter(name for name, _ in pairs)
        for name in names:
            if names[name] > 1:
                found.append(f"have {reprlib.repr(name)} once, got it twice")
        for name, value in pairs:
            if _endless(value):
                found.append(f"have a finite number as `{name}`, got another")
        return dict(pairs)

    try:
        json.loads(body + b"}", object_pairs_hook=note)
    except ValueError:
        return "be JSON with numbers of at most 4300 digits, got a longer one"
    return found[0] if found else "be JSON without spaces, in the form of lcodec, got another form"


def _endless(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_endless, value))
    return isinstance(value, float) and not _number(value)


def header_fault(fields: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the fields of a first line; that of a keyed ledger has `key`."""
    return _fault(fields, {**HEADER, "key": ("a name", _text)} if "key" in fields else HEADER)


def entry_fault(fields: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the fields of an entry's line, None where nothing is."""
    kind = fields.get("kind")
    return _fault(fields, KINDS.get(kind, COMMON) if type(kind) is str else COMMON)


def _fault(fields: Mapping[str, Any], rules: Mapping[str, Rule]) -> str | None:
    for name, (rule, check) in rules.items():
        if name not in fields:
            return f"have `{name}`, got none"
        if not check(fields[name]):
            return f"have {rule} as `{name}`, got {reprlib.repr(fields[name])}"
    extra = next((name for name in fields if name not in rules), None)
    return None if extra is None else f"have no other fields, got {reprlib.repr(extra)}"
