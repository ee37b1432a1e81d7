"""Write what is made from the code: ``PYTHONPATH=python python docs/make_pages.py``.

The pages of errors and of the scrubber's options, and the flags of the command line, which must
come without importing torch. Tests compare them with the code.
"""

from __future__ import annotations

import json
from dataclasses import Field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from lcodec.checks import ids
from lcodec.scrub.options import NOISE, PRESETS
from lcodec.scrub.options.documentation import by_group, default, kind, values

ROOT = Path(__file__).resolve().parents[1]

ERRORS = """\
# Errors and warnings

This page explains the id of every error and warning. Every error is a `LcodecError` (a
`ValueError`) and every warning a `LcodecWarning`; both carry an `id`, which starts with `lcodec:`.
MATLAB raises the same ids with the same words. A message names the argument, the rule and what was
given. `docs/make_pages.py` makes this page.
"""
SECTIONS = {
    "Data": ids.DATA,
    "Options": ids.OPTIONS,
    "Warnings": ids.WARNINGS,
    "Python only": ids.PYTHON,
    "MATLAB only": ids.MATLAB,
    "Removal: model, loss and samples": ids.MODEL,
    "Removal: selection, step and privacy": ids.REMOVAL,
    "Removal: ledger, weights and command line": ids.FILES,
}

OPTIONS = """\
# Options of the scrubber

This page lists the keywords of [`Scrubber`](scrub.md). On the command line, `max_features` is
`--max-features`, and so on. `docs/make_pages.py` makes this page from the options themselves.

`preset="paper"` selects slices as Mehta et al. (CVPR 2022) do: `features="activation"` and
`response="loss"`. An option that you give takes precedence over the preset.
"""
METAVARS = {
    "callbacks": "MODULE:NAME",
    "guard": "MODULE:NAME",
    "layers": "NAME,NAME,...",
    "memory_limit": "BYTES|MiB",
    "perturb": "auto|MODULE:NAME",
}

Flag = tuple[str, str | None, str]


def table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a heading and a table below it."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(cells)} |".replace("|w|", r"\|w\|") for cells in rows]
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


def errors() -> str:
    """Return the page of errors: a table per section, an id per row."""
    return ERRORS + "".join(
        table(title, ("id", "meaning"), [(f"`{id}`", text) for id, text in sorted(part.items())])
        for title, part in SECTIONS.items()
    )


def options() -> str:
    """Return the page of options: a table per group, an option per row."""
    return OPTIONS + "".join(
        table(
            group.capitalize(),
            ("option", "values", "meaning"),
            [(f"`{each.name}`", kind(each), each.metadata["text"]) for each in every],
        )
        for group, every in by_group().items()
    )


def flags() -> dict[str, list[Flag]]:
    """Return, by group, the options of the command line: name, metavar and line of help.

    `privacy` is not among them: the command line has a flag for each of its fields.
    """
    named = f"options that go together: {', '.join(PRESETS)}"
    presets: dict[str, list[Flag]] = {"presets": [("preset", "NAME", named)]}
    return presets | {
        group: [(each.name, metavar(each), line(each)) for each in every]
        for group, every in by_group().items()
        if group != NOISE
    }


def metavar(option: Field[Any]) -> str | None:
    """Return what stands for the value of an option, None for a flag without one."""
    hint, _ = values(option)
    if hint is bool:
        return None
    name = "NAME" if get_origin(hint) is Literal else METAVARS.get(option.name)
    return name or {int: "COUNT", float: "NUMBER"}[hint]


def line(option: Field[Any]) -> str:
    """Return the line of an option in the help."""
    first = option.metadata["text"].partition(". ")[0].rstrip(".")
    text = first if first[:2].isupper() else first[0].lower() + first[1:]
    hint, optional = values(option)
    if get_origin(hint) is Literal:
        text += f": {', '.join(get_args(hint)[:-1])} or {get_args(hint)[-1]}"
    return text if optional or hint is bool else f"{text} ({default(option)})"


def pages() -> dict[Path, str]:
    """Return the files and their texts."""
    return {
        ROOT / "docs/errors.md": errors(),
        ROOT / "docs/scrub-options.md": options(),
        ROOT / "python/lcodec/cli/flags.json": json.dumps(flags(), indent=1) + "\n",
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
