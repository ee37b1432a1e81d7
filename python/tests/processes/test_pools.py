"""Workers of every kind give the numbers of one process, under every threading layer of Numba."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAYERS = ["omp", "workqueue", *(["tbb"] if importlib.util.find_spec("tbb") else [])]


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver", "loky", "threads"])
@pytest.mark.parametrize("layer", LAYERS)
def test_workers_give_the_same_numbers(layer: str, way: str) -> None:
    """A process that ends otherwise than by itself, or waits for ever, fails this test, too."""
    environment = {**os.environ, "NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "python.tests.processes.pools", way],
        capture_output=True, text=True, timeout=300, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert (done.stdout.split(), done.returncode) == ([layer, "True"], 0), done.stderr


def test_a_child_that_was_forked_while_others_computed_does_not_wait() -> None:
    """The turn that another thread of the parent had is nobody's in the child."""
    script = """
import os, threading, lcodec.compiling as compiling
taken, done = threading.Event(), threading.Event()
def hold():
    with compiling._turns:
        taken.set()
        done.wait()
thread = threading.Thread(target=hold)
thread.start()
taken.wait()
child = os.fork()
if child == 0:
    import lcodec
    lcodec.codec(range(20), range(20))
    os._exit(0)
print(os.waitpid(child, 0)[1])
done.set()
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True, text=True, timeout=120,
        env={**os.environ, "NUMBA_THREADING_LAYER": "workqueue"},
    )  # fmt: skip
    assert done.stdout.strip() == "0", done.stderr
