"""What a step of FOCI costs on a cluster that is not here: a model, and its messages simulated.

    python -m bench.engine.dask_model --columns 10000000 --rows 10000 --workers 100

The model adds up what docs/dask.md says that a step does. The simulation plays the same step
message by message: the client hands all tasks to the scheduler, which takes them in, then deals
with one message at a time and keeps every worker in work; a worker that lacks the column chosen
last fetches it from one that has it, and each sends to one worker at a time; results return one by
one. Both need the same numbers of the cluster. Writes one JSON object.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
from typing import Any, NamedTuple


class Cluster(NamedTuple):
    """What a step needs to be known of a cluster."""

    workers: int = 100
    threads: int = 8  # of a worker
    bandwidth: float = 1.25e9  # bytes per second into or out of a machine: 10 Gbit/s
    latency: float = 5e-4  # seconds until a message arrives
    message: float = 5e-4  # seconds of the scheduler for a task that comes, and for one that ends
    value: float = 1.1e-7  # seconds of a thread per candidate and row (bench/README.md)


class Step(NamedTuple):
    """What is scored."""

    rows: int = 10_000
    columns: int = 10_000_000
    chunk: int = 5000  # columns

    @property
    def tasks(self) -> int:
        """How many chunks."""
        return math.ceil(self.columns / self.chunk)

    def seconds(self, cluster: Cluster) -> float:
        """Return how long a worker takes for a chunk."""
        return self.chunk * self.rows * cluster.value / cluster.threads


def model(step: Step, cluster: Cluster) -> dict[str, float]:
    """Return the parts of a step in seconds, and their sum.

    Once the tasks are taken in, scheduler and workers are busy at the same time, so the slower one
    counts. The column reaches twice as many workers in each round.
    """
    column = 8 * step.rows / cluster.bandwidth + cluster.latency
    spread = math.ceil(math.log2(max(cluster.workers, 2))) * column
    intake = scheduler = step.tasks * cluster.message
    workers = math.ceil(step.tasks / cluster.workers) * step.seconds(cluster)
    last = 8 * step.chunk / cluster.bandwidth + 4 * cluster.latency
    parts = {"intake": intake, "spread": spread, "scheduler": scheduler, "workers": workers}
    return {**parts, "seconds": intake + spread + max(scheduler, workers) + last}


def simulate(step: Step, cluster: Cluster) -> dict[str, float]:
    """Return when the last result of a step has come, by its messages in their order."""
    transfer = 8 * step.rows / cluster.bandwidth + cluster.latency
    answer = 8 * step.chunk / cluster.bandwidth + cluster.latency
    sends = {0: 0.0}  # of each worker that has the column: when it can send it again
    free = [0.0] * cluster.workers
    scheduler = cluster.latency + step.tasks * cluster.message
    waiting, done, moved = step.tasks, 0.0, 0
    # (time, kind, worker): a worker asks for a task, or its result arrives
    events = [(scheduler, 0, worker) for worker in range(cluster.workers)]
    while events:
        time, kind, worker = heapq.heappop(events)
        if kind == 1:
            scheduler = max(scheduler, time) + cluster.message
            done = max(done, scheduler + answer)
        if waiting == 0:
            continue
        waiting -= 1
        start = max(scheduler + cluster.latency, free[worker])
        if worker not in sends:
            holder = min(sends, key=sends.__getitem__)
            begin = max(sends[holder], start)
            sends[holder] = sends[worker] = start = begin + transfer
            moved += 1
        free[worker] = start + step.seconds(cluster)
        heapq.heappush(events, (free[worker] + answer, 1, worker))
    return {"seconds": done, "columns_moved": moved, "busy": step.tasks * step.seconds(cluster)}


def main() -> None:
    """Write the model beside the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    for kind in (Step, Cluster):
        for name, default in kind._field_defaults.items():
            parser.add_argument(f"--{name}", type=type(default), default=default)
    given = vars(parser.parse_args())
    step = Step(*(given[name] for name in Step._fields))
    cluster = Cluster(*(given[name] for name in Cluster._fields))
    found: dict[str, Any] = {"model": model(step, cluster), "simulated": simulate(step, cluster)}
    print(json.dumps({**given, **found}, indent=1))


if __name__ == "__main__":
    main()
