"""Bytes that a FOCI run on a dask array moves, counted at the sockets of every worker, per step.

    python -m bench.engine.dask_bytes --rows 10000 --columns 2000 --chunk 250 --workers 2

Writes one JSON object: for each step the bytes that all workers received and sent (from and to
scheduler, client and other workers, with dask's own messages), and what the formula of docs/dask.md
says of the data among them. The table is made on the workers, so that nothing else is moved.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from typing import Any

import dask
import dask.array as da
import distributed
import numpy as np

import lcodec
from lcodec.neighbors.cpu.lists import lengths

MAX_STEPS = 5


def count_bytes(dask_worker: Any) -> None:
    """Keep (time, bytes) of everything that this process receives, and sends, over TCP."""
    from tornado.iostream import IOStream

    dask_worker.received, dask_worker.sent = [], []
    read, write = IOStream.read_from_fd, IOStream.write_to_fd

    def counting_read(self: Any, buffer: Any) -> Any:
        size = read(self, buffer)
        dask_worker.received.append((time.time(), size or 0))
        return size

    def counting_write(self: Any, data: Any) -> Any:
        size = write(self, data)
        dask_worker.sent.append((time.time(), size or 0))
        return size

    IOStream.read_from_fd, IOStream.write_to_fd = counting_read, counting_write


def counted(dask_worker: Any) -> dict[str, list[tuple[float, int]]]:
    """Return what `count_bytes` kept."""
    return {"received": dask_worker.received, "sent": dask_worker.sent}


def measure(rows: int, columns: int, chunk: int, workers: int) -> dict[str, Any]:
    """Run FOCI for `MAX_STEPS` steps and return the bytes of each."""
    ends: list[float] = []

    def note(step: int, scored: int, candidates: int) -> None:
        if scored == candidates:
            ends.append(time.time())

    cluster = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        silence_logs=logging.ERROR,
    )  # fmt: skip
    with cluster, distributed.Client(cluster) as client:
        X = da.random.default_rng(0).normal(size=(rows, columns), chunks=(rows, chunk)).persist()
        y = (X[:, 0] * X[:, columns // 2] + X[:, 0] - X[:, columns - 1]).compute()
        distributed.wait(X)
        client.run(count_bytes)
        begin = time.time()
        result = lcodec.foci(X, y, stop=False, max_features=MAX_STEPS, progress=note)
        events = list(client.run(counted).values())

    edges = [begin, *ends]

    def per_step(kind: str) -> list[int]:
        stamps = [event for worker in events for event in worker[kind]]
        total, _ = np.histogram(
            [stamp for stamp, _ in stamps], edges, weights=[size for _, size in stamps]
        )
        return [int(size) for size in total]

    steps = range(len(ends))
    return {
        "rows": rows, "columns": columns, "chunk": chunk, "workers": workers,
        "versions": {module.__name__: module.__version__ for module in (lcodec, dask, distributed)},
        "selected": result.selected.tolist(),
        "seconds": [round(end - start, 2) for start, end in zip(edges, ends, strict=False)],
        "received": per_step("received"), "sent": per_step("sent"),
        "formula_received": [formula_received(rows, columns, workers, step) for step in steps],
        "formula_sent": [formula_sent(rows, columns, workers, step) for step in steps],
        "lists_instead": [
            workers * 12 * rows * lengths(rows, step, columns)[0] if step > 1 else 0
            for step in steps
        ],
    }  # fmt: skip


def formula_received(rows: int, columns: int, workers: int, step: int) -> int:
    """Return the data received: first ranks, weights, numbers, then a column; a bit per column."""
    first = 4 * rows * workers + 16 * columns
    return -(-columns // 8) + (8 * rows * (workers - 1) if step else first)


def formula_sent(rows: int, columns: int, workers: int, step: int) -> int:
    """Return the data sent: one number per candidate, and columns to other workers."""
    return 8 * (columns - step) + (8 * rows * (workers - 1) if step else 0)


def main() -> None:
    """Measure, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("rows", 10_000), ("columns", 2000), ("chunk", 250), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
