"""The MATLAB example of the README prints what its comments say, and so does Python."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import lcodec
from parity_tests.engines import Engine

README = Path(__file__).resolve().parents[1] / "README.md"


def test_matlab_example(engine: Engine) -> None:
    (code,) = re.findall(r"```matlab\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    expected = " ".join(re.findall(r"fprintf.*% (.*)", code)).split()
    assert len(expected) == 7
    reply = engine.call("evalc", code)
    assert reply.error is None
    assert reply.values[0].split() == expected
    assert python_prints() == expected


def python_prints() -> list[str]:
    """Return what the example prints when it is written in Python, columns counted from 1."""
    X = np.arange(1, 501)[:, np.newaxis] ** 2 * np.sqrt([2, 3, 5, 7]) % 1
    x, z = X[:, 0], X[:, 1]
    y = (x + z) % 1
    result = lcodec.foci(X, X[:, 3] * X[:, 1] + X[:, 3])
    coefficients = [f"{lcodec.codec(y, z):.4f}", f"{lcodec.codec(y, z, x):.4f}"]
    columns = [str(column + 1) for column in result.selected]
    return [*coefficients, *columns, *(f"{t:.4f}" for t in result.scores), result.stop_reason]
