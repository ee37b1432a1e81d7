"""The adapters themselves: MatlabEngine runs here against a stand-in for matlabengine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from parity_tests.conftest import assert_same_bits
from parity_tests.engines import Engine, Expression, MatlabEngine, OctaveEngine, open_engine
from parity_tests.matlab_double import matlab


@pytest.fixture(scope="module")
def matlab_engine() -> Iterator[Engine]:
    with closing(MatlabEngine(matlab)) as opened:
        yield opened


def test_version(engine: Engine, matlab_engine: Engine) -> None:
    assert engine.version().startswith(("GNU Octave ", "MATLAB "))
    assert matlab_engine.version().startswith("MATLAB 9.7 stand-in")


def test_values_through_the_matlab_adapter(matlab_engine: Engine) -> None:
    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    assert_same_bits(matlab_engine, "codec", y, table, None)
    assert_same_bits(matlab_engine, "codec", y, table[:, :1], table[:, 1:], seed=3, ties="random")
    assert_same_bits(matlab_engine, "foci", table, table[:, 1] ** 2, stop=False)
    assert_same_bits(matlab_engine, "lfoci", table, table[:, 1] ** 2, sigma=0.5)


def test_errors_and_warnings_through_the_matlab_adapter(matlab_engine: Engine) -> None:
    y, z = np.arange(5.0), np.ones((5, 2))
    assert assert_same_bits(matlab_engine, "codec", y, z[:4], None).error is not None
    assert assert_same_bits(matlab_engine, "codec", y * 0, z, None).warning is not None
    assert assert_same_bits(matlab_engine, "codec", y, z + 1j, None).error is not None
    assert assert_same_bits(matlab_engine, "foci", z, y).warning is not None
    sparse = matlab_engine.call("codec", y, Expression("speye(5)"))
    assert sparse.error is not None
    assert sparse.error[0] == "lcodec:sparseInput"


def test_the_stand_in_is_as_strict_as_the_original() -> None:
    with pytest.raises(TypeError, match="unsupported Python data type: ndarray"):
        matlab.engine.start_matlab("").feval("sqrt", np.ones(3))
    with pytest.raises(TypeError, match="must be a sequence"):
        matlab.double(np.ones(3))
    with pytest.raises(TypeError):
        matlab.double([[1j]])


def test_choice_of_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCODEC_ENGINE", "julia")
    with pytest.raises(ValueError, match="'octave' or 'matlab', got 'julia'"):
        open_engine()


def test_two_octave_sessions_do_not_disturb_each_other(engine: Engine) -> None:
    with closing(OctaveEngine()) as second:
        assert second.call("plus", 1.0, 2.0).values[0] == 3
    assert engine.call("plus", 2.0, 2.0).values[0] == 4
