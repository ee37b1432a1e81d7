"""How kernels are compiled by Numba, kept on disk, and run on several threads.

Numba's own threads are not used: its parallel compiler takes two to four times as long as the plain
one, and its threads do not survive a fork, or allow one caller at a time. A plain kernel that lets
other threads of Python run does the same for a range of tasks; see `lcodec.threads`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config
from numba.core.caching import FunctionCache, NullCache

from lcodec.checks import fail
from lcodec.threads import share

Function = Callable[..., Any]

compiled: list[str] = []  # the kernels that this process compiled itself


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
    """A kernel ``(start, stop, *arguments)`` of tasks that several threads share; a decorator.

    It is called as ``kernel(tasks, *arguments)``, from Python only. A call for fewer than `least`
    tasks would not be worth while.
    """

    def __init__(self, function: Function, least: int = 1) -> None:
        self.__doc__ = function.__doc__
        self._kernel, self._least = kernel(function, nogil=True), least

    def __call__(self, tasks: int, *arguments: Any) -> None:
        """Run the kernel for range(tasks)."""
        share(lambda start, stop: self._kernel(start, stop, *arguments), tasks, self._least)

    @classmethod
    def of(cls, least: int) -> Callable[[Function], ThreadedKernel]:
        """Return the decorator for parts of at least so many tasks."""
        return lambda function: cls(function, least)


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
