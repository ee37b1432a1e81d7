"""Every id of an error is in the table, is raised somewhere, and is the same in MATLAB."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lcodec.checks import ids

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "python" / "lcodec"
REMARKS = "scrub/wording.py"
BOTH = {**ids.DATA, **ids.OPTIONS, **ids.WARNINGS}
REMOVAL = {**ids.MODEL, **ids.REMOVAL, **ids.FILES}


def raised() -> Iterator[tuple[str, str]]:
    """Yield where `fail` and `warn` are called, and with which id.

    What speaks against a removal is in a mapping by ids, so that reports have it, too.
    """
    for file in sorted(PACKAGE.rglob("*.py")):
        where = file.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            key = getattr(node, "slice", None) if where == REMARKS else None
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield where, key.value
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).split(".")
            if name[-1] in ("fail", "warn") and name[0] != "warnings":
                if where == REMARKS:
                    continue
                assert isinstance(node.args[0], ast.Constant), f"{where}:{node.lineno}"
                yield where, node.args[0].value
            elif where != "checks/errors.py":
                assert name[-1] not in ("LcodecError", "LcodecWarning"), f"{where}:{node.lineno}"


def test_the_table_holds_what_is_raised_and_nothing_else() -> None:
    tables = (BOTH, ids.PYTHON, ids.MATLAB, REMOVAL)
    known = {id for table in tables for id in table}
    assert len(known) == sum(map(len, tables)), "an id stands twice"
    assert {id for _, id in raised()} == known - set(ids.MATLAB)
    statistics = {id for where, id in raised() if where.split("/")[0] not in ("scrub", "cli")}
    assert statistics == {*BOTH, *ids.PYTHON}


def test_matlab_raises_the_same() -> None:
    sources = [*(ROOT / "matlab").glob("*.m"), *(ROOT / "matlab" / "private").glob("*.m")]
    text = "".join(file.read_text(encoding="utf-8") for file in sources if file.stem != "buildfile")
    assert set(re.findall(r"'lcodec:(\w+)'", text)) == {*BOTH, *ids.MATLAB}


def test_the_page_has_every_id() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for meanings in (BOTH, ids.PYTHON, ids.MATLAB, REMOVAL):
        assert all(f"| `{id}` | {meaning} |" in page for id, meaning in meanings.items())
