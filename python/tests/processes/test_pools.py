"""Workers of every kind give the numbers of one process, with as many threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver", "loky", "threads"])
def test_workers_give_the_same_numbers(way: str) -> None:
    """A process that ends otherwise than by itself, or waits for ever, fails this test, too."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "python.tests.processes.pools", way],
        capture_output=True, text=True, timeout=300, cwd=ROOT,
        env={**os.environ, "NUMBA_NUM_THREADS": "2"},
    )  # fmt: skip
    assert (done.stdout.split(), done.returncode) == (["True"], 0), done.stderr


def test_a_child_that_was_forked_while_others_computed_does_not_wait() -> None:
    """What another thread of the parent has begun is nobody's in the child."""
    script = """
import os, threading
from lcodec import threads
threads.most = lambda: 2
taken, done = threading.Semaphore(0), threading.Event()
def hold(*_):
    taken.release()
    done.wait()
thread = threading.Thread(target=threads.share, args=(hold, 2))
thread.start()
for _ in range(2):
    taken.acquire()
child = os.fork()
if child == 0:
    import lcodec
    lcodec.codec(range(20), range(20))
    count = []
    threads.share(lambda *part: count.append(part), 8)
    os._exit(len(count) != 8)
print(os.waitpid(child, 0)[1])
done.set()
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == "0", done.stderr
