"""One engine for the whole test session, and the comparison that every law uses."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import hypothesis
import numpy as np
import pytest

import lcodec
from parity_tests import agreement
from parity_tests.engines import Engine, Expression, Reply, open_engine

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
    agreement.VERSIONS["engine"] = opened.version()
    yield opened
    opened.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this process compared to the one that pytest-xdist made it a worker of."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["agreement"] = (agreement.COUNTS, agreement.VERSIONS)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what the workers compared."""
    agreement.add(*getattr(node, "workeroutput", {}).get("agreement", ({}, {})))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how much was compared; ``make parity`` also writes it down."""
    if agreement.COUNTS:
        terminalreporter.section("agreement of the two languages")
        terminalreporter.write_line(agreement.table())
    if os.environ.get("PARITY_REPORT"):
        agreement.write()


OUTPUTS = {
    "foci": 3,
    "lfoci": 3,
    "foci_graph": 2,
    "codec_matrix": 3,
    "foci_stability": 2,
    "codec_test": 3,
    "codec_tests": 3,
}  # of the MATLAB functions; else 1

_SIZES = ("n_resamples", "size")


def python_reply(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Reply:
    """Call lcodec and describe the outcome as an engine would, columns counted from 1."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = getattr(lcodec, name)(*arguments, **options)
        except lcodec.LcodecError as problem:
            # the one option that exists in Python alone, where errors list what there is
            return Reply((), (problem.id, str(problem).replace("`adjust`, ", "")), None)
    warned = [w.message for w in caught if isinstance(w.message, lcodec.LcodecWarning)]
    last = (warned[-1].id, str(warned[-1])) if warned else None
    if isinstance(result, lcodec.SelectionResult):
        info = {
            "cumulative": result.cumulative[np.newaxis],
            "stop_reason": result.stop_reason,
            "skipped": result.skipped[np.newaxis] + 1.0,
            "pvalues": result.pvalues[np.newaxis],
            "columns": tuple(columns[np.newaxis] + 1.0 for columns in result.columns),
        }
        values = (result.selected[np.newaxis] + 1.0, result.scores[np.newaxis], info)
    elif isinstance(result, lcodec.CodecTestResult):
        values = (
            np.array([[result.statistic]]),
            np.array([[result.pvalue]]),
            {
                "method": result.method,
                "n_resamples": np.array([[float(result.n_resamples)]]),
                "z": np.array([[result.z]]),
            },
        )
    elif isinstance(result, lcodec.CodecTestsResult):
        used = result.n_resamples[np.newaxis].astype(float)
        info = {"method": result.method, "n_resamples": used, "z": result.z[np.newaxis]}
        values = (result.statistic[np.newaxis], result.pvalue[np.newaxis], info)
    elif isinstance(result, lcodec.CodecMatrix):
        info = {
            "method": result.method,
            "n_resamples": result.n_resamples.astype(float),
            "skipped": result.skipped[np.newaxis] + 1.0,
        }
        values = (result.statistic, result.pvalue, info)
    elif isinstance(result, lcodec.StabilityResult):
        sizes = {name: np.array([[float(getattr(result, name))]]) for name in _SIZES}
        values = (result.frequency[np.newaxis], sizes)
    elif isinstance(result, lcodec.IntervalResult):
        values = (
            {name: np.array([[value]], dtype=float) for name, value in asdict(result).items()},
        )
    elif isinstance(result, lcodec.FociGraph):
        values = (result.adjacency, {"skipped": result.skipped[np.newaxis] + 1.0})
    else:
        values = (np.atleast_2d(np.asarray(result)),)
    return Reply(values, None, last)


def groups_in_matlab(groups: list[Any]) -> Expression:
    """Return the option `groups` as MATLAB writes it: lists, numbers or texts."""
    if groups and isinstance(groups[0], str):
        return Expression(f"{{{', '.join(map(repr, groups))}}}")
    if groups and isinstance(groups[0], list):
        return Expression(f"{{{', '.join(str([k + 1 for k in group]) for group in groups)}}}")
    return Expression(f"[{', '.join(map(str, groups)).replace('nan', 'NaN')}]")


def assert_same_bits(engine: Engine, name: str, *arguments: Any, **options: Any) -> Reply:
    """Call both languages and compare values bit by bit, errors and warnings word by word."""
    python = python_reply(name, arguments, options)
    theirs = dict(options)
    if isinstance(theirs.get("given"), list):
        theirs["given"] = np.array([theirs["given"]], dtype=float).reshape(1, -1) + 1
    if isinstance(theirs.get("groups"), list):
        theirs["groups"] = groups_in_matlab(theirs["groups"])
    if name == "codec_scores":  # positional there, as it can be here
        arguments = (*arguments, theirs.pop("given", None))
    pairs = [item for pair in theirs.items() for item in pair]
    other = engine.call(name, *arguments, *pairs, outputs=OUTPUTS.get(name, 1))
    agreement.compare(name, python, other)
    return python
