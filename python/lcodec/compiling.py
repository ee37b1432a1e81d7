"""How kernels are compiled by Numba, kept on disk, and run in whatever process and thread calls.

A kernel that uses threads meets three situations in which Numba's own call would end the process:
in a child that was forked after GNU OpenMP had started, it runs on one thread instead; on the layer
called workqueue, which allows one caller at a time, callers take turns; and where the layer asked
for is not there, it is an error that says so.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba.core import config
from numba.core.caching import FunctionCache, NullCache

from lcodec.checks import fail

Function = Callable[..., Any]

compiled: list[str] = []  # the kernels that this process compiled itself
_turns = threading.RLock()
_forked_from_openmp = False


def kernel(function: Function | None = None, **options: Any) -> Any:
    """Compile a function when it is first called, and keep the result where that is possible.

    Use it as ``@kernel`` or ``@kernel(inline="always")``; the options are those of `numba.njit`.
    """
    if function is None:
        return lambda function: kernel(function, **options)
    if config.DISABLE_JIT:
        return _no_compiler
    dispatcher = numba.njit(**options)(function)
    try:
        dispatcher._cache = _Kept(function)
    except RuntimeError:  # neither the package nor the home folder can be written
        dispatcher._cache = _NotKept(function)
    return dispatcher


class ThreadedKernel:
    """A kernel whose ``prange`` loops run on Numba's threads; use it as a decorator.

    It is called from Python only, as the choice of the way to run it is made in Python.
    """

    def __init__(self, function: Function) -> None:
        self.__doc__ = function.__doc__
        self._function = function
        self._threaded = kernel(function, parallel=True)
        self._alone: Function | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Run the kernel."""
        if _forked_from_openmp:
            return self._on_one_thread()(*arguments)
        if threading_layer() == "workqueue":
            with _turns:
                return self._threaded(*arguments)
        return self._threaded(*arguments)

    def _on_one_thread(self) -> Function:
        if self._alone is None:
            of = self._function
            name = f"{of.__name__}_on_one_thread"  # the files of a kernel have its name
            twin = FunctionType(of.__code__, of.__globals__, name)
            twin.__qualname__, twin.__module__ = name, of.__module__
            self._alone = kernel(twin)
        return self._alone


@cache
def threading_layer() -> str:
    """Start Numba's threads if nobody has, and return the name of their layer."""
    try:
        numba.get_num_threads()
    except ValueError as error:
        fail(
            "threadingLayer",
            f"Numba cannot start the threads that NUMBA_THREADING_LAYER={config.THREADING_LAYER} "
            "asks for; unset it, or name a layer that is installed (workqueue always is; "
            f"`numba -s` lists them). {' '.join(str(error).split())}",
        )
    return str(numba.threading_layer())


class _Kept(FunctionCache):
    """Numba's files of compiled kernels, with two differences.

    None of them can make a call fail: what cannot be read (a broken file, or one of another Numba)
    is compiled again, and what cannot be written (a full disk) is not kept. And a kernel holds
    those of other files that it calls, so it is kept for the state of all files, not of its own.
    """

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _sources())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        found = None
        with suppress(Exception):
            found = super().load_overload(sig, target_context)
        if found is None:
            _announce(self._py_func, kept=True)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):
            super().save_overload(sig, data)


class _NotKept(NullCache):
    def __init__(self, function: Function) -> None:
        self._function = function

    def load_overload(self, sig: Any, target_context: Any) -> None:
        _announce(self._function, kept=False)


@cache
def _sources() -> str:
    """Return a hash of the files that may hold kernels."""
    package, digest = Path(__file__).parent, hashlib.sha256()
    for file in sorted(package.glob("neighbors/**/*.py")) + sorted(package.glob("random/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _announce(function: Function, kept: bool) -> None:
    """Say once, on a terminal, what the first call is waiting for."""
    compiled.append(f"{function.__module__}.{function.__qualname__}")
    if len(compiled) > 1 or not (sys.stderr and sys.stderr.isatty()):
        return
    where = "" if kept else "with NUMBA_CACHE_DIR set to a folder that can be written, "
    print(
        "lcodec: compiling for this processor, for up to a minute; "
        f"{where}later programs will not wait",
        file=sys.stderr,
    )


def _no_compiler(*_: object) -> Any:
    fail(
        "noCompiler",
        "lcodec needs Numba's compiler, which NUMBA_DISABLE_JIT=1 switches off; unset it and "
        "start Python again",
    )


def _in_child() -> None:
    global _turns, _forked_from_openmp
    _turns = threading.RLock()  # a thread that is not here may have held it
    with suppress(ValueError):  # no layer was started
        _forked_from_openmp = numba.threading_layer() == "omp" and sys.platform == "linux"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
