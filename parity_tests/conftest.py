"""One engine for the whole test session, and the comparison that every law uses."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator
from typing import Any

import hypothesis
import numpy as np
import pytest

import lcodec
from parity_tests.engines import Engine, Reply, open_engine

hypothesis.settings.register_profile(
    "parity",
    max_examples=int(os.environ.get("EXAMPLES", "200")),
    deadline=None,
    derandomize=os.environ.get("CI") is not None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Yield Octave, or MATLAB with ``LCODEC_ENGINE=matlab``."""
    if os.environ.get("LCODEC_ENGINE") == "matlab" and not importlib.util.find_spec("matlab"):
        pytest.skip("LCODEC_ENGINE=matlab, but matlabengine is not installed")
    opened = open_engine()
    yield opened
    opened.close()


def python_reply(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Reply:
    """Call lcodec and describe the outcome as an engine would, columns counted from 1."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = getattr(lcodec, name)(*arguments, **options)
        except lcodec.LcodecError as problem:
            return Reply((), (problem.id, str(problem)), None)
    warned = [w.message for w in caught if isinstance(w.message, lcodec.LcodecWarning)]
    last = (warned[-1].id, str(warned[-1])) if warned else None
    if isinstance(result, float):
        return Reply((np.array([[result]]),), None, last)
    info = {
        "cumulative": result.cumulative[np.newaxis],
        "stop_reason": result.stop_reason,
        "skipped": result.skipped[np.newaxis] + 1.0,
    }
    values = (result.selected[np.newaxis] + 1.0, result.scores[np.newaxis], info)
    return Reply(values, None, last)


def assert_same_bits(engine: Engine, name: str, *arguments: Any, **options: Any) -> Reply:
    """Call both languages and compare values bit by bit, errors and warnings word by word."""
    python = python_reply(name, arguments, options)
    pairs = [item for pair in options.items() for item in pair]
    other = engine.call(name, *arguments, *pairs, outputs=1 if name == "codec" else 3)
    assert other.error == python.error
    if python.error is None:
        assert other.warning == python.warning
        assert [_bits(v) for v in other.values] == [_bits(v) for v in python.values]
    return python


def _bits(value: Any) -> Any:
    """Return something that is equal exactly when every bit is; all NaN count as one."""
    if isinstance(value, dict):
        return {key: _bits(item) for key, item in value.items()}
    if isinstance(value, str):
        return value
    array = np.where(np.isnan(value), np.nan, np.asarray(value, dtype=np.float64))
    return array.shape, array.tobytes()
