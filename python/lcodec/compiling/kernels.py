"""Functions for Numba, which is imported when the first of them is called.

A kernel that Python calls is an entry: it has a wrapper for Python, and is kept on disk with the
machine code of all kernels that it calls. These are its parts; see `lcodec.compiling.dispatchers`.

Numba's own threads are not used: its parallel compiler takes two to four times as long as the plain
one, and its threads do not survive a fork, or allow one caller at a time. A plain kernel that lets
other threads of Python run does the same for a range of tasks; see `lcodec.threads`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from lcodec.threads import share

Function = Callable[..., Any]
Typed = TypeVar("Typed", bound=Function)

_making = threading.RLock()


class ForKernels:
    """What kernels call by its name; Numba learns of it when it compiles the first that does.

    Python calls the function itself.
    """

    def __init__(self, function: Function, make: Callable[[], Any]) -> None:
        update_wrapper(self, function)
        self.py_func, self._make, self._made = function, make, None

    def __call__(self, *arguments: Any) -> Any:
        """Call the function without Numba."""
        return self.py_func(*arguments)

    def __reduce__(self) -> str:
        return self.py_func.__qualname__  # what stands under this name in its module

    @property
    def _numba_type_(self) -> Any:
        """The type that Numba asks for when a kernel names this object."""
        from lcodec.compiling.dispatchers import type_of

        with _making:
            if self._made is None:
                self._made = self._make()
        return type_of(self._made)


class Kernel(ForKernels):
    """A function that Numba compiles for the types of its arguments; see `kernel`."""

    def __init__(
        self, function: Function, inline: str = "never", forceinline: bool = False
    ) -> None:
        super().__init__(function, self._part)
        self.targetoptions, self._forceinline = {"inline": inline}, forceinline  # for Numba
        self._entry: Function | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code."""
        return self.entry(*arguments)

    @property
    def entry(self) -> Function:
        """What Python calls."""
        return self._entry or self._first_entry()

    def _first_entry(self) -> Function:
        from lcodec.compiling.dispatchers import entry

        with _making:
            if self._entry is None:
                self._entry = entry(self.py_func)
        return self._entry

    def _part(self) -> Any:
        from lcodec.compiling.dispatchers import part

        return part(self.py_func, self._forceinline)


def kernel(
    function: Function | None = None, *, inline: str = "never", forceinline: bool = False
) -> Any:
    """Compile a function when it is first called, and keep the result where that is possible.

    Use it as ``@kernel``, or ``@kernel(forceinline=True)`` where a call inside a loop would cost
    more than what it does: LLVM then inlines it. With ``inline="always"`` Numba does, before it
    knows any type: that takes longer to compile, and is for where it is measured to be faster.
    """
    if function is None:
        return lambda function: Kernel(function, inline, forceinline)
    return Kernel(function, inline, forceinline)


class ThreadedKernel:
    """A kernel ``(start, stop, *arguments)`` of tasks that several threads share; a decorator.

    It is called as ``kernel(tasks, *arguments)``, from Python only. A call for fewer than `least`
    tasks would not be worth while.
    """

    def __init__(self, function: Function, least: int = 1) -> None:
        update_wrapper(self, function)
        self._kernel, self._least = Kernel(function), least

    def __call__(self, tasks: int, *arguments: Any) -> None:
        """Run the kernel for range(tasks)."""
        run = self._kernel.entry
        share(lambda start, stop: run(start, stop, *arguments), tasks, self._least)

    def __reduce__(self) -> str:
        return self._kernel.__reduce__()

    @classmethod
    def of(cls, least: int) -> Callable[[Function], ThreadedKernel]:
        """Return the decorator for parts of at least so many tasks."""
        return lambda function: cls(function, least)


def intrinsic(build: Function) -> ForKernels:
    """Make a function that kernels call from one that builds its code; see Numba's `intrinsic`."""

    def make() -> Any:
        from numba.extending import intrinsic

        return intrinsic(build)

    return ForKernels(build, make)


def overloaded(by_types: Function, **options: Any) -> Callable[[Typed], Typed]:
    """Return the decorator of a function for which kernels run what ``by_types(*types)`` returns.

    The options are those of Numba's `overload`.
    """

    def decorated(function: Typed) -> Typed:
        def make() -> Any:
            from numba.extending import overload

            overload(function, **options)(by_types)
            return function

        return cast(Typed, ForKernels(function, make))

    return decorated
