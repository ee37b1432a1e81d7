"""Where kernels are kept, what the first call says, and what happens where neither is possible."""

from __future__ import annotations

import ctypes
import os
import pickle
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core import caching, config

import lcodec
from lcodec.compiling import dispatchers, kernel
from lcodec.neighbors import gains
from lcodec.random import normal, permutation


def double(x: float) -> float:
    return 2 * x


twice = kernel(double)
twice_inside = kernel(forceinline=True)(double)


@kernel
def powers(x, n):  # type: ignore[no-untyped-def]
    """Return x 4^n for n = 0 and n = 1, of which kernels know the first number."""
    total, at = twice(0) + x, 0
    while at < n:
        total, at = twice_inside(twice(total)), at + 1 + twice(at)
    return total


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Kernels are kept here, and none has been compiled."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(dispatchers, "compiled", [])
    return tmp_path


def test_a_kernel_is_compiled_once(folder: Path) -> None:
    for _ in range(3):
        assert kernel(double)(1.5) == 3.0
    assert dispatchers.compiled == [f"{__name__}.double"]


def test_a_change_of_any_file_compiles_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel holds those that it calls; Numba itself looks at the file of the caller alone."""
    for sources in ("of today", "of today", "of tomorrow"):
        monkeypatch.setattr(dispatchers, "_sources", lambda sources=sources: sources)
        kernel(double)(1.5)
    assert len(dispatchers.compiled) == 2
    assert len(list(folder.rglob("*.nb*"))) == 1  # that of today is not needed any more


def test_processes_that_save_at_once_find_their_own(folder: Path) -> None:
    """Numba would give both the first number that is free when they begin."""
    first, second = kernel(double), kernel(double)
    with pytest.MonkeyPatch.context() as both:
        both.setattr(dispatchers.IndexDataCacheFile, "_load_index", lambda _: {})
        assert (first(1.5), second(2)) == (3.0, 4)
    dispatchers.compiled.clear()
    third = kernel(double)
    assert [type(third(x)) for x in (1.5, 2)] == [float, int]
    assert not dispatchers.compiled


def test_a_kernel_is_one_file_with_those_that_it_calls(folder: Path) -> None:
    assert powers(0.5, 1) == 2.0
    assert dispatchers.compiled == [f"{__name__}.powers"]
    assert len(list(folder.rglob("*.nbc"))) == 1
    assert twice(0.5) == 1.0  # and can be called by itself
    assert dispatchers.compiled[1:] == [f"{__name__}.double"]


@pytest.mark.parametrize("tried", [True, False])
def test_a_version_of_numba_that_was_not_tried_gives_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tried: bool
) -> None:
    monkeypatch.setattr(dispatchers, "TRIED", tried)
    fresh, inside = kernel(double), kernel(forceinline=True)(double)

    def both(x):  # type: ignore[no-untyped-def]
        return fresh(x) + inside(fresh(0))

    assert kernel(both)(1.5) == 3.0
    own = isinstance(fresh._made, dispatchers._PartDispatcher)
    assert own == isinstance(inside._made, dispatchers._PartDispatcher) == tried


def test_this_version_of_numba_was_tried() -> None:
    assert dispatchers.TRIED


def test_a_number_that_is_known_is_compiled_as_others(folder: Path) -> None:
    powers(0.5, 1)
    arguments = [str(*signature) for signature in twice._made.overloads]
    assert sorted(arguments) == ["float64", "int64"]


def test_the_parts_of_a_new_kernel_know_their_objects(folder: Path) -> None:
    """Where a kernel that another calls printed a text, it would read it there."""
    inside = kernel(double)
    calling = kernel(lambda x: inside(x) + 1.0)
    assert calling(0.5) == 2.0
    (result,) = calling.entry.overloads.values()
    environments = result._find_referenced_environments()
    assert any("double" in environment.env_name for environment in environments)
    engine = result.library.codegen._engine
    for environment in environments:
        address = engine.get_global_value_address(environment.env_name)
        assert ctypes.c_void_p.from_address(address).value == id(environment)


def test_plain_data_compile_nothing_for_ties() -> None:
    script = """
import numpy as np, lcodec
from lcodec.neighbors.cpu import leaves, runs
X = np.random.default_rng(0).normal(size=(500, 4))
y = X[:, 0] * X[:, 1]
lcodec.foci(X, y, stop=False)
print(runs._fill_alone._kernel._entry is None, runs._fill._kernel._entry is None)
lcodec.codec(y, X)
print([str(signature[-1]) for signature in leaves._fill._kernel.entry.signatures])
lcodec.foci(X.round(), y)
print(runs._fill._kernel._entry is None)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False True\n['none']\nFalse\n"


def test_kernels_are_pickled_by_name() -> None:
    for either in (normal.log, permutation._permute, gains.gain, powers):
        assert pickle.loads(pickle.dumps(either)) is either


def test_threads_that_make_the_first_call_at_once_share_it(tmp_path: Path) -> None:
    script = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from lcodec.random.normal import quantile
start = Barrier(4)
def call(p):
    start.wait()
    return quantile(p)
with ThreadPoolExecutor(4) as pool:
    print(set(pool.map(call, [0.5] * 4)))
from lcodec.compiling import dispatchers
print(dispatchers.compiled)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout == "{0.0}\n['lcodec.random.normal.quantile']\n"


@pytest.mark.parametrize("content", [b"", b"broken", b"\x80\x04N."])
def test_a_broken_file_is_replaced(folder: Path, content: bytes) -> None:
    kernel(double)(1.5)
    (file,) = folder.rglob("*.nb*")
    file.write_bytes(content)
    assert kernel(double)(2.5) == 5.0
    assert len(dispatchers.compiled) == 2


def test_a_full_disk_costs_only_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", full)
    for _ in range(2):
        assert kernel(double)(1.5) == 3.0
    assert len(dispatchers.compiled) == 2


def in_terminal(script: str, **environment: str) -> tuple[int, str, str]:
    """Run a program whose standard error is a terminal; return its status and both outputs."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=child, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 4096):
            shown += piece
    except OSError:  # how a closed terminal ends on Linux
        pass
    os.close(parent)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output, shown.decode()


# xi uses no kernel; log, of lcodec's own noise, is small and quickly compiled.
USE = "from lcodec.random.normal import log; print(log(1.0), log(1.0))"


def test_the_first_call_says_once_on_a_terminal_that_it_compiles(tmp_path: Path) -> None:
    status, output, shown = in_terminal(USE, NUMBA_CACHE_DIR=str(tmp_path))
    assert (status, output) == (0, "0.0 0.0\n")
    assert shown.count("lcodec: compiling for this processor") == 1
    assert shown.strip().endswith("later programs will not wait")
    assert "NUMBA_CACHE_DIR" not in shown
    assert in_terminal(USE, NUMBA_CACHE_DIR=str(tmp_path)) == (0, "0.0 0.0\n", "")


def test_elsewhere_it_is_silent(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", USE], capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stderr == ""


def test_without_a_folder_to_write_in_it_works_and_says_what_helps() -> None:
    nowhere = "from numba.core.caching import CacheImpl; CacheImpl._locator_classes = []; "
    call = "import lcodec; print(lcodec.codec([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]))"
    status, output, shown = in_terminal(nowhere + call)
    assert (status, output) == (0, f"{lcodec.codec([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])}\n")
    assert shown.count("lcodec: compiling") == 1
    assert "with NUMBA_CACHE_DIR set to a folder that can be written" in shown


def test_a_kernel_runs_in_a_read_only_package_without_a_home(tmp_path: Path) -> None:
    """As another user in a container: as root, the folders are made so by their kind."""
    package = Path(lcodec.__file__).parent
    script = f"""
from numba.core import caching
def refuse(self):
    raise PermissionError(13, "Permission denied", self.get_cache_path())
caching._CacheLocator.ensure_cache_path = refuse
import lcodec
assert lcodec.__file__ == {str(package / "__init__.py")!r}
from lcodec.random.normal import log
print(log(1.0))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert float(done.stdout) == 0.0


def error_of(**environment: str) -> str:
    script = """
import lcodec
try:
    lcodec.codec([1, 2, 3, 4], [1, 2, 3, 4])
except lcodec.LcodecError as error:
    print(error.id, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout


def test_without_the_compiler_there_is_an_error() -> None:
    assert error_of(NUMBA_DISABLE_JIT="1") == (
        "lcodec:noCompiler lcodec needs Numba's compiler, which NUMBA_DISABLE_JIT=1 switches off; "
        "unset it and start Python again\n"
    )


def test_values_that_are_only_lent_stay_alive_and_unchanged() -> None:
    from lcodec.neighbors.cpu.backend import CpuBackend

    matrix = np.asfortranarray(np.random.default_rng(0).normal(size=(50, 3)))
    matrix.flags.writeable = False
    before, column = matrix.copy(), lcodec.codec(matrix[:, 0], matrix[:, 1:])
    assert column == lcodec.codec(before[:, 0], before[:, 1:])
    assert np.array_equal(matrix, before)
    columns = CpuBackend().columns_of(matrix)
    assert columns.flags.writeable
    assert np.shares_memory(columns, matrix)
    del matrix
    assert np.array_equal(columns.T, before)
