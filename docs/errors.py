"""Write docs/errors.md from the table of ids: ``PYTHONPATH=python python docs/errors.py``."""

from pathlib import Path

from lcodec.checks import ids

PAGE = Path(__file__).with_suffix(".md")
HEAD = """\
# Errors and warnings

This page explains the id of every error and warning. Every error is a `LcodecError` (a
`ValueError`) and every warning a `LcodecWarning`; both carry an `id`, which starts with `lcodec:`.
MATLAB raises the same ids with the same words. A message names the argument, the rule and what was
given. `docs/errors.py` writes this page.
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


def page() -> str:
    """Return the page: a table per section, an id per row."""
    parts = [HEAD]
    for title, meanings in SECTIONS.items():
        rows = "".join(f"| `{id}` | {meaning} |\n" for id, meaning in sorted(meanings.items()))
        parts.append(f"## {title}\n\n| id | meaning |\n|---|---|\n{rows}")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
