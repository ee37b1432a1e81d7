"""What Numba makes of kernels: entries, which Python calls, and the parts that these are made of.

Numba turns every function into machine code with two wrappers, and optimises it again inside each
one that calls it, and so on upwards. Parts have no wrappers, and wait: an entry is optimised once,
with all of its parts, and only it becomes machine code and a file.

That stands on what is inside Numba. With a version that it was not tried with, parts are Numba's
own dispatchers: the first call takes two or three times as long, and nothing else changes.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from glob import escape
from pathlib import Path
from typing import Any

from numba import version_info
from numba.core import config, types
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import CPUDispatcher, cpu_target

from lcodec.checks import fail

Function = Callable[..., Any]

# One set: for each, Numba compiles its own functions again, as `numpy.empty`.
_OPTIONS = {"nopython": True, "nogil": True, "no_cfunc_wrapper": True, "boundscheck": None}

TRIED = (0, 59) <= version_info.short < (0, 69)  # the first and the last were run

compiled: list[str] = []  # the entries that this process compiled itself


def entry(function: Function) -> Function:
    """Return what Python calls: compiled for the types of its arguments, or read from disk."""
    if config.DISABLE_JIT:
        _no_compiler()
    dispatcher = CPUDispatcher(function, targetoptions=dict(_OPTIONS))
    try:
        dispatcher._cache = _Kept(function)
    except RuntimeError:  # neither the package nor the home folder can be written
        dispatcher._cache = _NotKept(function)
    return dispatcher


def part(function: Function, forceinline: bool) -> Function:
    """Return what other kernels call; it cannot be called from Python."""
    if not TRIED:
        return CPUDispatcher(function, targetoptions={**_OPTIONS, "forceinline": forceinline})
    compiler = _InlinedCompiler if forceinline else _PartCompiler
    return _PartDispatcher(function, targetoptions=dict(_OPTIONS), pipeline_class=compiler)


def type_of(function: Any) -> Any:
    """Return the Numba type of a function, by which kernels know it."""
    typing = cpu_target.typing_context
    typing.refresh()
    return typing.resolve_value_type(function)


class _PartDispatcher(CPUDispatcher):
    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Compile for a number that is known, such as 0, what is compiled for all of its type."""
        return super().get_call_template([types.unliteral(arg) for arg in args], kws)


class _PartCompiler(Compiler):
    def define_pipelines(self) -> Any:
        self.state.library = _Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.flags.no_cpython_wrapper = True
        return super().define_pipelines()


class _InlinedCompiler(_PartCompiler):
    def define_pipelines(self) -> Any:
        self.state.flags.forceinline = True
        return super().define_pipelines()


class _Part(CPUCodeLibrary):
    """Code that is linked into what calls it, and not optimised or translated by itself."""

    def finalize(self) -> None:
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            if hasattr(self, "_reload_init"):  # from Numba 0.63 on
                self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return 0  # none

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Leave this to the entry, which has an address for it; see `_set_environments`."""


class _Kept(FunctionCache):
    """Numba's files of compiled kernels, with three differences.

    None of them can make a call fail: what cannot be read (a broken file, or one of another Numba)
    is compiled again, and what cannot be written (a full disk) is not kept. A kernel holds those of
    other files that it calls, so it is kept for the state of all files, not of its own. And there
    is no index; see `_Files`.
    """

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)

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
        _set_environments(data)
        with suppress(Exception):
            super().save_overload(sig, data)


class _Files(IndexDataCacheFile):
    """One file for a state of the code and the types of its arguments, written in one step.

    Numba numbers its files, and writes the index before the file that it names. Where another
    process reads in between, or two write at once, one finds code for other arguments.
    """

    def __init__(self, folder: str, name: str, source: Any) -> None:
        super().__init__(folder, name, source)
        self._folder, self._prefix = Path(folder), f"{name}."

    def load(self, key: Any) -> Any:
        """Return what was saved, or None."""
        with suppress(FileNotFoundError):
            return self._load_data("".join(self._parts(key)))

    def save(self, key: Any, data: Any) -> None:
        """Save it, and remove what was saved in other states."""
        state, arguments = self._parts(key)
        self._save_data(state + arguments, data)
        for file in self._folder.glob(f"{escape(self._prefix)}*.nb[ci]"):
            if not file.name.startswith(state):
                file.unlink(missing_ok=True)

    def _parts(self, key: Any) -> tuple[str, str]:
        """Return the beginning of the name that all files of a state share, and the rest."""
        signature, processor, *code = key
        state = _digest(self._version, self._source_stamp, code)
        return f"{self._prefix}{state}.", f"{_digest(signature, processor)}.nbc"


def _digest(*what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


class _NotKept(NullCache):
    def __init__(self, function: Function) -> None:
        self._function = function

    def load_overload(self, sig: Any, target_context: Any) -> None:
        _announce(self._function, kept=False)

    def save_overload(self, sig: Any, data: Any) -> None:
        _set_environments(data)


def _set_environments(result: Any) -> None:
    """Give the parts of a new entry the objects of Python that they name, as Numba does for old."""
    for environment in result._find_referenced_environments():
        result.library.codegen.set_env(environment.env_name, environment)


@cache
def _sources() -> str:
    """Return a hash of the files that may hold kernels."""
    package, digest = Path(__file__).parents[1], hashlib.sha256()
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


def _no_compiler() -> None:
    fail(
        "noCompiler",
        "lcodec needs Numba's compiler, which NUMBA_DISABLE_JIT=1 switches off; unset it and "
        "start Python again",
    )
