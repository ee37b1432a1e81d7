"""The MATLAB example of the README, run in the engine, prints what its comments say."""

from __future__ import annotations

import re
from pathlib import Path

from parity_tests.engines import Engine

README = Path(__file__).resolve().parents[1] / "README.md"


def test_matlab_example(engine: Engine) -> None:
    (code,) = re.findall(r"```matlab\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    expected = " ".join(re.findall(r"fprintf.*% (.*)", code)).split()
    assert len(expected) == 7
    reply = engine.call("evalc", code)
    assert reply.error is None
    assert reply.values[0].split() == expected
