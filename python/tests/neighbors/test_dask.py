"""Dask arrays give the bits of NumPy arrays: on a cluster, without one, and when a worker dies."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from parity_tests import strategies as data

FUNCTIONS = ("foci", "lfoci", "codec_scores")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two worker processes of one thread, on the loopback interface.

    Every port is a free one: None would be 8787 for the dashboard, which a second process of pytest
    or a neighbour on the machine may hold, and then Dask warns.
    """
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
    )  # fmt: skip
    with cluster, Client(cluster) as client:
        yield client


def outcome(name: str, *arguments: Any, **options: Any) -> tuple[object, ...]:
    """What a caller sees, bit by bit: warnings and the result, or the error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = getattr(lcodec, name)(*arguments, **options)
        except lcodec.LcodecError as error:
            return error.id, str(error)
    told = [str(one.message) for one in caught]
    if isinstance(result, np.ndarray):
        return told, result.tobytes()
    fields = [result.selected, result.scores, result.cumulative, result.skipped, result.pvalues]
    columns = [some.tolist() for some in result.columns]
    return told, *(some.tobytes() for some in fields), result.stop_reason, result.names, columns


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, ...]:
    name = draw(st.sampled_from(FUNCTIONS))
    (table,) = draw(data.tables((2,), max_columns=7, missing=True))
    y = draw(data.responses_of(table))
    if name != "codec_scores" and draw(st.integers(0, 2)) == 0:
        y = np.column_stack([y, *(draw(data.responses_of(table)) for _ in range(2))])
    options = data.fitted(draw(data.options_of(name)), table)
    chunks = tuple(draw(st.integers(1, extent)) for extent in table.shape)
    return name, table, y, chunks, options


def same(name: str, table: np.ndarray, y: np.ndarray, chunks: Any, options: Any) -> None:
    array = da.from_array(table, chunks=chunks)
    assert outcome(name, array, y, **options) == outcome(name, table, y, **options)


@given(case=cases())
@settings(max_examples=80)
def test_equals_numpy_without_a_cluster(case: tuple[Any, ...]) -> None:
    with dask.config.set(scheduler="threads"):
        same(*case)


@pytest.mark.parametrize("seed", range(6))
def test_equals_numpy_on_a_cluster(client: Client, seed: int) -> None:
    """As above with fixed data: Hypothesis objects to the random numbers that the cluster draws."""
    rng = np.random.default_rng(seed)
    n, p = rng.integers(3, 60), rng.integers(2, 9)
    kinds = rng.choice([kind for kind in data.KINDS if kind != "scaled"], size=p)
    table = np.column_stack([data.column(kind, n, rng) for kind in kinds])
    if seed % 3 == 0:  # equal rows
        table = table[rng.integers(0, n, n)]
    y = table[:, 0] + table[:, -1] * rng.integers(0, 2, n)
    chunks = (int(rng.integers(1, n + 1)), int(rng.integers(1, p)))
    options = {"standardize": [None, "std", "range"][seed % 3], "seed": seed}
    for name in FUNCTIONS:
        ties = {} if name == "lfoci" else {"ties": ["average", "random", "first"][seed // 2]}
        same(name, table, y, chunks, {**options, **ties})


def mixed(n: int = 700, p: int = 23) -> tuple[np.ndarray, np.ndarray]:
    """Columns that vary, repeat values, lie far from 0 or are constant, and a response of four."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(n, p))
    table[:, 4:8] = rng.integers(0, 3, (n, 4))
    table[:, 8] = 7.0
    table[:, 9:12] = 1e8 + rng.integers(-8, 9, (n, 3)) * 0.1
    return table, table[:, 3] * table[:, 5] + table[:, 21] + rng.integers(0, 2, n) + table[:, 9]


@pytest.mark.parametrize("options", [
    {"ties": "average"}, {"ties": "random", "seed": 2**40 + 3}, {"ties": "first"},
    {"standardize": None, "stop": False, "max_features": 5}, {"given": [22, 8, 0]},
    {"n_neighbors": 4}, {"stop": "test", "n_resamples": 39},
    {"groups": [[20, 3], [5, 6, 9]]}, {"groups": [[20, 3], [5, 6]], "ties": "random", "seed": 7},
    {"groups": [k // 3 for k in range(23)], "given": [9, 10, 11], "n_neighbors": 3},
])  # fmt: skip
def test_every_step_equals_numpy(client: Client, options: dict[str, Any]) -> None:
    table, y = mixed()
    same("foci", table, y, (-1, 7), options)
    options = {key: options[key] for key in options.keys() & {"ties", "seed", "given", "groups"}}
    same("codec_scores", table, y, (-1, 10), options)


def test_classes_and_vector_responses(client: Client) -> None:
    table, y = mixed()
    classes = (table[:, 3] > 0).astype(int) + (table[:, 4] > 0)
    same("foci", table, classes, (-1, 7), {"response": "nominal"})
    vector = np.column_stack([y, table[:, 4] + table[:, 0], classes])
    same("foci", table, vector, (-1, 7), {"groups": [[8, 3], [4, 0, 22]]})
    same("lfoci", table, vector, (-1, 7), {"draws": 2, "max_features": 2, "groups": [[4, 0]]})
    vector[5, 1] = np.nan
    same("foci", table, vector, (-1, 7), {"missing": "drop"})


def test_noise_belongs_to_columns_whatever_their_chunk(client: Client) -> None:
    table, y = mixed()
    options = {"draws": 2, "seed": 5, "max_features": 3}
    same("lfoci", table, y, (-1, 7), options)
    same("lfoci", table, y, (300, -1), options)


def test_rows_with_missing_values_are_dropped_in_every_chunk(client: Client) -> None:
    table, y = mixed()
    table[3, 1], table[[3, 50], 20], y[9] = np.nan, np.nan, np.nan
    same("foci", table, y, (-1, 7), {"missing": "drop"})
    same("foci", table, y, (-1, 7), {})  # the number of values is that of all chunks


def errors() -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    table, y = mixed(20)
    huge = table.copy()
    huge[:, 17] *= 1e200
    return {
        "scale of a column": (huge, y, {}),
        "complex": (table + 1j, y, {}),
        "text": (table.astype(str), y, {}),
        "three dimensions": (table[:, :, None], y, {}),
        "no column": (table[:, :0], y, {}),
        "too few rows": (table[:2], y[:2], {}),
        "other length": (table, y[:-1], {}),
        "unknown column": (table, y, {"given": [23]}),
        "too few complete rows": (np.where(table > 7.0, np.nan, table), y, {"missing": "drop"}),
    }


@pytest.mark.parametrize("what", errors())
def test_the_same_errors(client: Client, what: str) -> None:
    table, y, options = errors()[what]
    expected = outcome("foci", table, y, **options)
    assert str(expected[0]).startswith("lcodec:")
    assert outcome("foci", da.from_array(table, chunks=7), y, **options) == expected


def test_text_in_objects(client: Client) -> None:
    """The columns of a chunk do not know their numbers, so that the error names none."""
    table, y = mixed()
    words = table.astype(object)
    words[5, 20] = "word"
    id, said = outcome("foci", da.from_array(words, chunks=7), y)
    assert (id, said) == (
        "lcodec:notNumeric",
        "`X` must be numeric, got text; encode it as numbers",
    )
    assert "in column 21 (counting from 1)" in str(outcome("foci", words, y)[1])


def test_one_column_and_a_response_that_are_dask_arrays(client: Client) -> None:
    table, y = mixed()
    lazy = da.from_array(table, chunks=(100, 5))
    assert outcome("foci", lazy, lazy[:, 3]) == outcome("foci", table, table[:, 3])
    assert outcome("foci", lazy[:, 21], y) == outcome("foci", table[:, 21], y)
    with pytest.raises(lcodec.LcodecError, match="compute_chunk_sizes") as caught:
        lcodec.foci(lazy[lazy[:, 0] > 0], y)
    assert caught.value.id == "lcodec:unknownChunks"


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_costs_only_time(client: Client, victim: int) -> None:
    """Killed while the second step is scored; the third needs what it held."""
    client.wait_for_workers(2)
    table, y = mixed()
    killed: list[int] = []
    steps: set[int] = set()

    def kill(step: int, scored: int, candidates: int) -> None:
        steps.add(step)
        if step == 2 and not killed:
            killed.append(client.cluster.workers[victim].pid)
            os.kill(killed[0], signal.SIGKILL)

    lazy = da.from_array(table, chunks=(-1, 2))
    assert outcome("foci", lazy, y, progress=kill) == outcome("foci", table, y)
    assert killed
    assert max(steps) >= 3
    client.wait_for_workers(2)
    assert killed[0] not in client.run(os.getpid).values()


def slow_down(seconds: float) -> None:
    """Let every score of the worker that runs this take longer; it finds its functions by name."""
    from lcodec.neighbors.dask import tasks

    quick = tasks.score

    def score(*arguments: Any) -> np.ndarray:
        time.sleep(seconds)
        return quick(*arguments)

    tasks.score = score


def test_four_workers_of_which_one_is_slow_and_one_is_killed() -> None:
    table, y = mixed()
    killed: list[int] = []
    cluster = LocalCluster(
        n_workers=4, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
    )  # fmt: skip
    with cluster, Client(cluster) as client:
        slow, victim = (cluster.workers[k] for k in (0, 3))
        client.run(slow_down, 0.3, workers=[slow.worker_address])

        def kill(step: int, scored: int, candidates: int) -> None:
            if step == 2 and not killed:
                killed.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)

        lazy = da.from_array(table, chunks=(-1, 2))
        groups = {"groups": [[20, 3], [5, 6, 9]]}
        found = outcome("foci", lazy, y, progress=kill, **groups)
        assert found == outcome("foci", table, y, **groups)
        assert killed


def test_nothing_stays_on_the_workers(client: Client) -> None:
    def stop(step: int, scored: int, candidates: int) -> None:
        raise KeyboardInterrupt

    table, y = mixed()
    lazy = da.from_array(table[:, 9:], chunks=(-1, 5))
    lcodec.foci(lazy, y)
    with contextlib.suppress(KeyboardInterrupt):
        pytest.fail(str(lcodec.foci(lazy, y, progress=stop)))
    for _ in range(50):
        gc.collect()  # a worker's error, once raised, refers to itself through its traceback
        if not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            return
        time.sleep(0.1)
    left = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
    pytest.fail(f"tasks are left: {left}")


ALONE = """
import sys
sys.modules["distributed"] = None  # as if it were not installed
import lcodec
assert "dask" not in sys.modules and "lcodec.neighbors.dask" not in sys.modules
import dask.array, numpy
X = numpy.random.default_rng(0).normal(size=(300, 9))
y = X[:, 7] * X[:, 2] + X[:, 7]
lazy = dask.array.from_array(X, chunks=(100, 4))
assert lcodec.foci(lazy, y).scores.tobytes() == lcodec.foci(X, y).scores.tobytes()
print(*lcodec.foci(lazy, y).selected)
"""


def test_dask_alone() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "2"]
