"""Every example in the documentation runs and prints what it says."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import inspect
import io
import re
from pathlib import Path

import pytest

import lcodec

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = [getattr(lcodec, name) for name in lcodec.__all__]
FUNCTIONS = [item for item in PUBLIC if not isinstance(item, type)]
OF_DATA = [function for function in FUNCTIONS if inspect.signature(function).parameters]


def failures(test: doctest.DocTest) -> int:
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    return runner.run(test).failed


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_docstring_examples(function: object) -> None:
    tests = [t for t in doctest.DocTestFinder().find(function) if t.examples]
    assert tests, "a public function needs an example"
    assert sum(map(failures, tests)) == 0


@pytest.mark.parametrize(
    "module",
    ["lcodec.checks.errors", "lcodec.scrub.scrubber", "lcodec.scrub.integrations.benchmarks"],
)
def test_class_examples(module: str) -> None:
    tests = [t for t in doctest.DocTestFinder().find(importlib.import_module(module)) if t.examples]
    assert tests
    assert sum(map(failures, tests)) == 0


def test_readme() -> None:
    """The first block, pasted, prints what its comments say; the examples go on from it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(first, names)
    comments = re.findall(r"^# (.*)$", first, re.MULTILINE)
    assert len(comments) == 2
    assert printed.getvalue().splitlines() == comments
    test = doctest.DocTestParser().get_doctest(text.replace("```", ""), names, "README", None, 0)
    assert len(test.examples) >= 8
    assert failures(test) == 0


@pytest.mark.parametrize("function", OF_DATA, ids=lambda f: f.__name__)
def test_docstrings_name_every_argument_and_section(function: object) -> None:
    text = function.__doc__ or ""
    for section in ("Parameters", "Returns", "Raises", "References", "Examples"):
        assert f"{section}\n    -" in text, section
    for name in function.__annotations__:  # type: ignore[attr-defined]
        assert name == "return" or name in text, name
