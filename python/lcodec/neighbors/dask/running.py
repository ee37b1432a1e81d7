"""How tasks are made and run: on the workers of a cluster, or one by one in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import Any

import dask
import numpy as np
from dask.base import get_scheduler
from dask.delayed import Delayed

from lcodec.checks import FloatArray, IntArray


def task_of(function: Callable[..., Any], *arguments: Any) -> Delayed:
    """Return the call of a function of `lcodec.neighbors.dask.tasks`, to be made by a worker."""
    task: Delayed = dask.delayed(function, pure=False)(*arguments)
    return task


def results_of(
    wanted: Sequence[Delayed], beside: Sequence[Delayed] = ()
) -> Generator[tuple[int, Any], None, None]:
    """Yield the places and results of tasks: on a cluster as they finish, else one by one.

    On a cluster each task runs where its chunk in `beside` is, unless that worker is lost or others
    are idle. Kernels use all threads, so that tasks in this process gain nothing from running
    together.
    """
    client = getattr(get_scheduler(collections=wanted[:1]), "__self__", None)
    if client is None:
        yield from ((at, task.compute()) for at, task in enumerate(wanted))
        return
    from distributed import as_completed

    futures = _started(client, wanted, beside)
    place = {future.key: at for at, future in enumerate(futures)}
    completed: Iterable[Any] = as_completed(futures, with_results=True)  # fetched side by side
    try:
        for future, result in completed:
            yield place[future.key], result
    except BaseException:  # no task goes on, and dask forgets an error that refers to its futures
        client.cancel(futures)
        raise


def sums_of(
    wanted: Sequence[Delayed], beside: Sequence[Delayed], places: Sequence[IntArray],
    advance: Callable[[int], None] | None,
) -> FloatArray:  # fmt: skip
    """Return the sums of all candidates: those of each task, at its `places` among them.

    `advance` is told how many are there.
    """
    sums, done = np.empty(sum(map(len, places))), 0
    with closing(results_of(wanted, beside)) as results:
        for at, some in results:
            sums[places[at]] = some
            done += len(some)
            if advance is not None:
                advance(done)
    return sums


def _started(client: Any, wanted: Sequence[Delayed], beside: Sequence[Delayed]) -> list[Any]:
    """Return the futures of tasks, which prefer the workers that hold the chunks beside them."""
    holders = client.who_has(list(beside)) if beside else {}
    groups: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(wanted)):
        workers = tuple(holders.get(beside[at].key, ())) if beside else ()
        groups.setdefault(workers, []).append(at)
    futures: list[Any] = [None] * len(wanted)
    for workers, places in groups.items():
        where = {"workers": list(workers), "allow_other_workers": True} if workers else {}
        some = client.compute([wanted[at] for at in places], **where)
        for at, future in zip(places, some, strict=True):
            futures[at] = future
    return futures
