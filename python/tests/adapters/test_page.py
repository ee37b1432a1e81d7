"""The examples of docs/causal.md that need other libraries run as written, in one session."""

from __future__ import annotations

import doctest
import re
import warnings
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "causal.md"


def test_examples() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what these import
        for package in ("causallearn", "pgmpy.causal_discovery", "tigramite", "dowhy.gcm.falsify"):
            pytest.importorskip(package, exc_type=ImportError)
        text = "\n".join(re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S))
        test = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
        assert len(test.examples) > 20
        assert doctest.DocTestRunner().run(test).failed == 0
