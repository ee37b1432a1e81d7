"""Tasks that threads share: each is done once, whatever happens; others' threads are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba.core import config

import lcodec
from lcodec import threads


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads, whatever the machine has; a share of it is read anew."""
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 2)
    monkeypatch.setattr(threads, "_share", lambda: 2)


def run(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=240,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("least", [1, 3, 100])
@pytest.mark.parametrize("tasks", [0, 1, 2, 5, 8, 9, 299, 1000])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_task_is_done_once(
    tasks: int, least: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "most", lambda: count)
    parts: list[tuple[int, int]] = []
    threads.share(lambda start, stop: parts.append((start, stop)), tasks, least)
    assert sorted(at for start, stop in parts for at in range(start, stop)) == list(range(tasks))
    assert all(stop - start >= min(least, tasks) for start, stop in parts)
    assert len(parts) == (1 if min(count, tasks // least) < 2 else min(4 * count, tasks // least))


def test_two_threads_work_side_by_side() -> None:
    """Each part waits for another one that is at work."""
    barrier = threading.Barrier(2, timeout=60)
    threads.share(lambda *_: barrier.wait(), 8)


def test_one_thread_needs_no_other() -> None:
    at = set()
    with threads.limited(1):
        threads.share(lambda *_: at.add(threading.get_ident()), 100)
    assert at == {threading.get_ident()}


def test_an_error_of_a_helper_reaches_the_caller() -> None:
    caller, failed, done = threading.get_ident(), threading.Event(), Counter()

    def work(start: int, stop: int) -> None:
        if threading.get_ident() != caller:
            failed.set()
            raise ZeroDivisionError("of a helper")
        assert failed.wait(60)
        done["caller"] += 1

    with pytest.raises(ZeroDivisionError, match="of a helper"):
        threads.share(work, 8)
    assert done["caller"] <= 2  # one is at work, and one may begin just before the error is known


@pytest.mark.parametrize("error", [ZeroDivisionError, IndexError, KeyboardInterrupt])
def test_nothing_is_at_work_after_an_error_of_the_caller(error: type[BaseException]) -> None:
    caller, begun, done = threading.get_ident(), threading.Event(), Counter()

    def work(start: int, stop: int) -> None:
        if threading.get_ident() == caller:
            assert begun.wait(60)
            raise error
        done["begun"] += 1
        begun.set()
        time.sleep(0.2)
        done["ended"] += 1

    with pytest.raises(error):
        threads.share(work, 8)
    assert done["begun"] == done["ended"] == 1
    time.sleep(0.05)
    assert done["begun"] == 1


def test_a_second_interrupt_does_not_leave_a_helper_at_work() -> None:
    script = """
import signal, threading, time
from lcodec import threads
threads.most = lambda: 2
caller, ended, begun = threading.get_ident(), [], threading.Event()
def work(start, stop):
    if threading.get_ident() == caller:
        assert begun.wait(60)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        raise KeyboardInterrupt
    begun.set()
    time.sleep(0.5)
    ended.append(start)
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    threads.share(work, 8)
except KeyboardInterrupt:
    print(len(ended))
"""
    assert run(script) == "1"


def test_callers_share_the_helpers_and_none_waits_for_another() -> None:
    def work(seed: int) -> int:
        done: list[int] = []
        for _ in range(50):
            threads.share(lambda start, stop: done.extend(range(start, stop)), 40)
        return sum(done)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == 8 * [50 * sum(range(40))]


def test_a_call_inside_a_task_is_done_too() -> None:
    done: list[int] = []
    threads.share(lambda *_: threads.share(lambda start, _: done.append(start), 8), 8)
    assert len(done) == 64


def test_without_another_thread_the_caller_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done: list[int] = []
    monkeypatch.setattr(threads, "_pool", threads._Pool())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    threads.share(lambda start, stop: done.extend(range(start, stop)), 100)
    assert done == list(range(100))


@pytest.mark.parametrize(
    ("content", "share"),
    [("max 100000", 4), ("100000 100000", 1), ("150000 100000", 2), ("1000 100000", 1), (None, 4)],
)
def test_a_container_has_its_share(
    content: str | None, share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 4)
    monkeypatch.setattr(threads, "_QUOTA", tmp_path / "cpu.max")
    if content is not None:
        threads._QUOTA.write_text(f"{content}\n")
    threads._share.cache_clear()
    try:
        assert threads.most() == threads.count() == share
    finally:
        threads._share.cache_clear()


def test_the_variable_of_numba_sets_the_number() -> None:
    script = "from lcodec import threads; print(threads.most(), threads.count())"
    assert run(script, NUMBA_NUM_THREADS="1") == "1 1"


def test_a_limit_is_one_of_the_calling_thread() -> None:
    with threads.limited(1), ThreadPoolExecutor(1) as pool:
        assert (threads.count(), pool.submit(threads.count).result()) == (1, 2)
        with threads.limited(None):
            assert threads.count() == 1
        with threads.limited(2):
            assert threads.count() == 2
    assert threads.count() == 2


IN_CHILD = """
import os, threading
from lcodec import threads
threads.most = lambda: 2
def both():
    barrier = threading.Barrier(2, timeout=60)
    threads.share(lambda *_: barrier.wait(), 8)
both()
child = os.fork()
if child == 0:
    both()  # breaks where there is no other thread
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""


def test_a_forked_child_has_several_threads_too() -> None:
    assert run(IN_CHILD) == "0"


def test_python_ends_while_and_after_threads_are_used() -> None:
    script = """
import atexit, threading, time
from lcodec import threads
threads.most = lambda: 3
def use():
    done = []
    threads.share(lambda start, stop: (time.sleep(0.05), done.append(stop)), 12)
    print(len(done))
def later():
    threading.main_thread().join()
    use()
threading.Thread(target=later).start()
atexit.register(use)
use()
"""
    assert run(script).split() == ["12", "12", "12"]


@pytest.mark.parametrize("count", [1, 2])
def test_torch_keeps_its_threads(count: int) -> None:
    script = f"""
import torch, lcodec
torch.set_num_threads({count})
lcodec.foci([[1, 2], [2, 2.5], [3, 1], [5, 4]], [1, 2, 3, 4])
assert torch.get_num_threads() == {count}
X = torch.randn(600, 3)
lcodec.lfoci(X, X[:, 0])
print(torch.get_num_threads())
"""
    assert run(script) == str(count)


def test_numba_starts_no_threads() -> None:
    script = """
import numpy as np, numba, lcodec
X = np.random.default_rng(0).normal(size=(2000, 4))
lcodec.foci(X, X[:, 0] * X[:, 1])
try:
    print(numba.threading_layer())
except ValueError:
    print("none")
"""
    assert run(script) == "none"


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    rng = np.random.default_rng(1)
    table = np.column_stack((rng.normal(size=(900, 3)), rng.integers(0, 3, (900, 2))))
    y = table[:, 0] * table[:, 3] + rng.integers(0, 2, 900)
    outcomes = []
    for count in (1, 2):
        with threads.limited(count):
            result = lcodec.lfoci(table, y, stop=False)
            outcomes.append((result.scores.tobytes(), lcodec.codec(y, table)))
    assert outcomes[0] == outcomes[1]
