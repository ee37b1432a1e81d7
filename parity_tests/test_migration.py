"""Every MATLAB call of docs/migration.md runs and gives what the Python call beside it gives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from parity_tests.engines import Engine
from python.tests.docs import migration
from python.tests.docs.migration import Row


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return migration.namespace()


@pytest.fixture(scope="module")
def base(engine: Engine) -> Engine:
    """The engine, with the page's data in its base workspace."""
    assert engine.call("evalin", "base", migration.block("matlab"), outputs=0).error is None
    return engine


def value_of(code: str, engine: Engine) -> Any:
    """Return the value of the expression after the last call, or of the only one."""
    before, _, last = code.rpartition("); ")
    if before:
        assert engine.call("evalin", "base", f"{before});", outputs=0).error is None
    reply = engine.call("evalin", "base", last)
    assert reply.error is None
    return np.ravel(reply.values[0])


@pytest.mark.parametrize(
    "row",
    [row for row in migration.rows() if row.matlab],
    ids=lambda row: f"{row.section}: {row.matlab}",
)
def test_a_call(row: Row, base: Engine, names: dict[str, Any]) -> None:
    python = np.ravel(np.asarray(migration.evaluated(row.python, names)))
    matlab = value_of(row.matlab, base)
    if python.dtype.kind == "f":
        assert np.array_equal(matlab, python, equal_nan=True)
        return
    _, _, counted_from_1 = row.ours.partition("; MATLAB ")
    assert migration.shown(matlab.astype(int)) == (counted_from_1 or row.ours)
    assert np.array_equal(matlab, python + bool(counted_from_1))


def test_the_examples_print_what_their_comments_say(engine: Engine) -> None:
    data, *examples = re.findall(r"^```matlab\n(.*?)^```", migration.PAGE, re.DOTALL | re.M)
    assert len(examples) == 2
    for code in examples:
        reply = engine.call("evalc", data + code)
        assert reply.error is None
        assert reply.values[0].split() == re.findall(r"fprintf.*% (.*)", code)[0].split()
