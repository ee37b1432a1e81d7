"""What is made from the options: signature and documentation of `Scrubber`, flags, the table."""

from __future__ import annotations

import textwrap
from dataclasses import Field, fields
from inspect import Parameter
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lcodec.scrub.options import HOW, NOISE, PRESETS, RUN, WHICH, Options

GROUPS = (WHICH, HOW, NOISE, RUN)
KINDS = {
    "guard": "callable",
    "layers": "sequence of str",
    "perturb": '"auto" or callable',
    "privacy": "Sekhari",
}
METAVARS = {
    "guard": "MODULE:NAME",
    "layers": "NAME,NAME,...",
    "memory_limit": "BYTES|MiB",
    "perturb": "auto|MODULE:NAME",
}


def options() -> list[Field[Any]]:
    """Return the options, group by group."""
    return [each for group in GROUPS for each in fields(Options) if each.metadata["group"] == group]


def parameters() -> list[Parameter]:
    """Return the options as keyword parameters, for the signature of `Scrubber`."""
    return [
        Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=each.type)
        for each in fields(Options)
    ]


def docstring() -> str:
    """Return the options as the Parameters section of a docstring has them."""
    return "".join(
        f"    {each.name} : {_kind(each)}\n"
        + textwrap.fill(
            each.metadata["text"],
            96,
            initial_indent=" " * 8,
            subsequent_indent=" " * 8,
            break_on_hyphens=False,
        )
        + "\n"
        for each in options()
    )


def table() -> str:
    """Return the options as the tables of docs/scrub-options.md, one for each group."""
    parts = []
    for group in GROUPS:
        rows = [
            f"| `{each.name}` | {_kind(each)} | {each.metadata['text']} |".replace("|w|", r"\|w\|")
            for each in options()
            if each.metadata["group"] == group
        ]
        parts.append(
            f"## {group.capitalize()}\n\n| option | values | meaning |\n|---|---|---|\n"
            + "\n".join(rows)
        )
    return "\n\n".join(parts) + "\n"


Flag = tuple[str, str | None, str]


def flags() -> dict[str, list[Flag]]:
    """Return, by group, the options of the command line: name, metavar and line of help.

    `privacy` is not among them: the command line has a flag for each of its fields.
    """
    named = f"options that go together: {', '.join(PRESETS)}"
    presets: dict[str, list[Flag]] = {"presets": [("preset", "NAME", named)]}
    return presets | {
        group: [
            (each.name, _metavar(each), _line(each))
            for each in options()
            if each.metadata["group"] == group
        ]
        for group in GROUPS
        if group != NOISE
    }


def _type(option: Field[Any]) -> tuple[Any, bool]:
    """Return the type of an option, and whether None is among its values."""
    hint = get_type_hints(Options)[option.name]
    parts = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is Literal or len(parts) == len(get_args(hint)):
        return hint, False
    return parts[0], True


def _kind(option: Field[Any]) -> str:
    hint, optional = _type(option)
    kind = KINDS.get(option.name) or getattr(hint, "__name__", str(hint))
    if get_origin(hint) is Literal:
        kind = "{" + ", ".join(f'"{value}"' for value in get_args(hint)) + "}"
    if optional:
        return f"{kind}, optional"
    default = f'"{option.default}"' if isinstance(option.default, str) else _shown(option)
    return f"{kind}, default {default}"


def _shown(option: Field[Any]) -> str:
    default: Any = option.default
    if option.name == "memory_limit":
        return f"{default // 2**30}GiB"
    return f"{default:g}" if isinstance(default, float) else str(default)


def _metavar(option: Field[Any]) -> str | None:
    hint, _ = _type(option)
    if hint is bool:
        return None
    if get_origin(hint) is Literal:
        return "NAME"
    return METAVARS.get(option.name) or {int: "COUNT", float: "NUMBER"}[hint]


def _line(option: Field[Any]) -> str:
    first = option.metadata["text"].partition(". ")[0].rstrip(".")
    line = first if first[:2].isupper() else first[0].lower() + first[1:]
    hint, optional = _type(option)
    if get_origin(hint) is Literal:
        line += f": {', '.join(get_args(hint)[:-1])} or {get_args(hint)[-1]}"
    return line if optional or hint is bool else f"{line} ({_shown(option)})"
