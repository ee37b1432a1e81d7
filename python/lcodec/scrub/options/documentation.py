"""What `Scrubber` says of its options, made from them."""

from __future__ import annotations

import textwrap
from dataclasses import Field, fields
from inspect import Parameter
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lcodec.scrub.options.options import GROUPS, Options

KINDS = {
    "callbacks": "callable or sequence of callable",
    "guard": "callable",
    "layers": "sequence of str",
    "perturb": '"auto" or callable',
    "privacy": "Sekhari",
}


def by_group() -> dict[str, list[Field[Any]]]:
    """Return the options of each group."""
    every = fields(Options)
    return {group: [each for each in every if each.metadata["group"] == group] for group in GROUPS}


def parameters() -> list[Parameter]:
    """Return the options as keyword parameters, for the signature of `Scrubber`."""
    return [
        Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
        for each in fields(Options)
    ]


def docstring() -> str:
    """Return the options as the Parameters section of a docstring has them, group by group."""
    wrap = textwrap.TextWrapper(96, initial_indent=" " * 8, subsequent_indent=" " * 8)
    wrap.break_on_hyphens = False
    return "".join(
        f"    {each.name} : {kind(each)}\n{wrap.fill(each.metadata['text'])}\n"
        for options in by_group().values()
        for each in options
    )


def values(option: Field[Any]) -> tuple[Any, bool]:
    """Return the type of an option, and whether None is among its values."""
    hint = get_type_hints(Options)[option.name]
    inner = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is Literal or len(inner) == len(get_args(hint)):
        return hint, False
    return inner[0], True


def kind(option: Field[Any]) -> str:
    """Return type and default as numpydoc writes them."""
    hint, optional = values(option)
    name = KINDS.get(option.name) or getattr(hint, "__name__", str(hint))
    if get_origin(hint) is Literal:
        name = "{" + ", ".join(f'"{value}"' for value in get_args(hint)) + "}"
    if optional:
        return f"{name}, optional"
    quote = '"' if isinstance(option.default, str) else ""
    return f"{name}, default {quote}{default(option)}{quote}"


def default(option: Field[Any]) -> str:
    """Return the default as people write it."""
    value: Any = option.default
    if option.name == "memory_limit":
        return f"{value // 2**30}GiB"
    return f"{value:g}" if isinstance(value, float) else str(value)
