"""The engines that run the MATLAB code: GNU Octave, or MATLAB where matlabengine is installed.

Each has three methods, ``call``, ``version`` and ``close``. A call takes NumPy arrays, numbers,
text, None (MATLAB's ``[]``) and `Expression`, and returns a `Reply`; it never raises for an error
that the called function raised.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CELLS = ("columns", "names")  # fields that are cells
FOLDERS = (ROOT / "matlab", ROOT / "parity_tests" / "engine")


@dataclass(frozen=True)
class Expression:
    """MATLAB source of an argument that a bridge cannot carry, such as ``sparse(eye(3))``."""

    source: str


@dataclass(frozen=True)
class Reply:
    """What one call gave: values as float64 matrices, text, or dicts; or an error."""

    values: tuple[Any, ...]
    error: tuple[str, str] | None  # (id, message)
    warning: tuple[str, str] | None  # the last one

    @classmethod
    def of(cls, struct: Any, outputs: int) -> Reply:
        """Read the struct that lcodec_call.m returns."""
        warning = (str(struct["warning_id"]), str(struct["warning_message"]))
        if not struct["ok"]:
            error = (str(struct["id"]), str(struct["message"]))
            return cls((), error, warning if any(warning) else None)
        values = tuple(_plain(value) for value in np.ravel(_cell(struct["values"], outputs)))
        return cls(values, None, warning if any(warning) else None)


class Engine(Protocol):
    """Runs functions of the MATLAB implementation."""

    def call(self, name: str, *arguments: Any, outputs: int = 1) -> Reply:
        """Call a function with positional arguments for a number of outputs."""

    def version(self) -> str:
        """Name and version, e.g. ``"GNU Octave 7.3.0"``."""

    def close(self) -> None:
        """End the engine's process."""


class OctaveEngine:
    """One GNU Octave process, driven by oct2py."""

    def __init__(self) -> None:
        self._session = octave_session()
        for folder in FOLDERS:
            self._session.addpath(str(folder))

    def call(self, name: str, *arguments: Any, outputs: int = 1) -> Reply:
        # oct2py makes numbers of truth values
        source = {True: Expression("true"), False: Expression("false")}
        sent = [_sent(source[a] if isinstance(a, bool) else a) for a in arguments]
        reply = self._session.feval(
            "lcodec_call", name, float(outputs), *sent, nout=1, stream_handler=_discard
        )
        return Reply.of(reply, outputs)

    def version(self) -> str:
        return f"GNU Octave {self._session.feval('version', nout=1)}"

    def close(self) -> None:
        self._session.exit()


class MatlabEngine:
    """One MATLAB process, driven by matlabengine; `matlab` replaces that package in tests."""

    def __init__(self, matlab: Any = None) -> None:
        if matlab is None:
            matlab = importlib.import_module("matlab")
            importlib.import_module("matlab.engine")
        self._matlab = matlab
        self._engine = matlab.engine.start_matlab("-nodesktop -nosplash")
        for folder in FOLDERS:
            self._engine.addpath(str(folder), nargout=0)

    def call(self, name: str, *arguments: Any, outputs: int = 1) -> Reply:
        sent = [self._send(argument) for argument in arguments]
        reply = self._engine.feval("lcodec_call", name, float(outputs), *sent, nargout=1)
        return Reply.of(reply, outputs)

    def version(self) -> str:
        return f"MATLAB {self._engine.version(nargout=1)}"

    def close(self) -> None:
        self._engine.quit()

    def _send(self, argument: Any) -> Any:
        value = _sent(argument)
        if not isinstance(value, np.ndarray):
            return value
        if value.size == 0:
            return self._matlab.double(size=value.shape)
        is_complex = np.iscomplexobj(value)
        return self._matlab.double(value.tolist(), size=value.shape, is_complex=is_complex)


def open_engine() -> Engine:
    """Open the engine that ``LCODEC_ENGINE`` names: ``octave`` (default) or ``matlab``."""
    name = os.environ.get("LCODEC_ENGINE", "octave")
    if name not in ("octave", "matlab"):
        raise ValueError(f"LCODEC_ENGINE must be 'octave' or 'matlab', got '{name}'")
    return MatlabEngine() if name == "matlab" else OctaveEngine()


def octave_session() -> Any:
    """Start GNU Octave without a window system, user settings and history."""
    os.environ.setdefault("OCTAVE_EXECUTABLE", "octave-cli")
    os.environ.setdefault("OCTAVE_CLI_OPTIONS", "--no-history --norc --no-line-editing")
    return importlib.import_module("oct2py").Oct2Py()


def _sent(argument: Any) -> Any:
    """Return an argument in a form that both bridges carry: a struct, text, number or matrix."""
    if isinstance(argument, Expression):
        return {"expression": argument.source}
    if isinstance(argument, (str, bool)):
        return argument
    if isinstance(argument, (int, float)):  # a Python int would arrive as int64
        return float(argument)
    array = np.empty((0, 0)) if argument is None else np.asarray(argument)
    return array[:, np.newaxis] if array.ndim == 1 else array


def _discard(_line: str) -> None:
    """Drop what Octave prints, such as the text of expected warnings."""


def _cell(values: Any, outputs: int) -> np.ndarray:
    """Return a row cell as an object array, however the bridge delivered it."""
    row = np.empty(outputs, dtype=object)
    if outputs == 1 and not isinstance(values, (list, np.ndarray)):
        row[0] = values
        return row
    items = list(values) if isinstance(values, list) else list(np.asarray(values, object).ravel())
    for k, item in enumerate(items):
        row[k] = item
    return row


def _plain(value: Any) -> Any:
    """Return text as str, structs as dict, everything else as a float64 matrix."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {
            key: _plain_cell(item) if key in CELLS else _plain(item) for key, item in value.items()
        }
    return np.atleast_2d(np.asarray(value, dtype=np.float64))


def _plain_cell(values: Any) -> tuple[Any, ...]:
    """Return a cell as a tuple; bridges tell an empty one from an empty matrix by nothing."""
    count = len(values) if isinstance(values, list) else np.asarray(values, object).size
    return tuple(map(_plain, _cell(values, count)))
