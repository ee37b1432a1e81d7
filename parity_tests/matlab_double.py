"""A stand-in for the package ``matlab`` (matlabengine) that computes in GNU Octave.

It offers the calling surface that `MatlabEngine` uses and is as strict as the original: NumPy
arrays are refused as arguments, ints become int64, and matrices come back as ``matlab.double``.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import oct2py

from parity_tests.engines import octave_session


class double:  # noqa: N801 - the original's name
    """A MATLAB array of doubles made from nested sequences, or zeros of a size."""

    def __init__(
        self, initializer: Any = None, size: tuple[int, ...] | None = None, is_complex: bool = False
    ) -> None:
        if isinstance(initializer, np.ndarray):
            raise TypeError("initializer must be a sequence of numbers")
        if initializer is None:
            data = np.zeros(size if size is not None else (0, 0))
        else:  # complex numbers raise a TypeError unless they are announced
            data = np.atleast_2d(np.array(initializer, dtype=complex if is_complex else float))
        if size is not None and tuple(size) != data.shape:
            raise ValueError("size does not match the initializer")
        self._data = data
        self.size = data.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._data, dtype=dtype)


class _Engine:
    def __init__(self) -> None:
        self._session = octave_session()

    def addpath(self, folder: str, nargout: int = 1) -> None:
        self._session.addpath(folder)

    def version(self, nargout: int = 1) -> str:
        return f"9.7 stand-in on GNU Octave {self._session.feval('version', nout=1)}"

    def feval(self, name: str, *arguments: Any, nargout: int = 1) -> Any:
        sent = [_to_octave(argument) for argument in arguments]
        return _from_octave(
            self._session.feval(name, *sent, nout=nargout, stream_handler=lambda line: None)
        )

    def quit(self) -> None:
        self._session.exit()


def _to_octave(argument: Any) -> Any:
    if isinstance(argument, double):
        return np.asarray(argument)
    if isinstance(argument, dict):
        return {key: _to_octave(value) for key, value in argument.items()}
    if isinstance(argument, bool) or type(argument) in (str, float):
        return argument
    if type(argument) is int:
        return np.int64(argument)
    raise TypeError(f"unsupported Python data type: {type(argument).__name__}")


def _from_octave(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _from_octave(item) for key, item in value.items()}
    if isinstance(value, oct2py.Cell):
        return [_from_octave(item) for item in np.asarray(value, dtype=object).ravel()]
    if isinstance(value, list):
        return [_from_octave(item) for item in value]
    if isinstance(value, np.ndarray):
        return double(value.tolist(), size=value.shape) if value.size else double(size=value.shape)
    if isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool):
        return float(value)
    return value


matlab = SimpleNamespace(
    double=double, engine=SimpleNamespace(start_matlab=lambda options: _Engine())
)
