"""Measure one case with one tool, in the process that is started for it.

``python -m bench.speed.measure '<job>' <file>`` writes the record to the file, both in JSON. It
runs with the interpreter of the tool, which may lack everything but NumPy and the tool.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.machine import peak_bytes, reset_peak, resident_bytes
from bench.speed import data
from bench.speed.tools.calls import TOOLS, Tool, sampling_scale


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Return seconds, memory and output of ``job['tool']`` on ``job['case']``.

    The data are made and the tool imported first; then comes a warm-up call, then repetitions
    until there are enough of them and enough seconds.
    """
    tool = TOOLS[job["tool"]]
    versions = versions_of(tool)
    if isinstance(versions, str):
        return {"status": "absent", "reason": f"{versions} is not installed"}
    make = tool.calls[job["case"]["call"]]
    if job["warm_up"] == "small":
        make(data.make(job["case"], rows=200))[0]()
    problem = data.make(job["case"])
    call, read = make(problem)
    base = resident_bytes()
    reset_peak()
    if job["warm_up"] == "full":
        call()
    result: Any = None
    wall: list[float] = []
    cpu: list[float] = []
    while not enough(wall, job):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        result = call()
        wall.append(time.perf_counter() - wall_start)
        cpu.append(time.process_time() - cpu_start)
    peak = peak_bytes()
    output = read(result)
    scale = sampling_scale(problem, output) if job["tool"] == "naive-sample" else None
    return {
        "status": "measured",
        "versions": versions,
        "wall_seconds": [t * (scale or 1) for t in wall],
        "cpu_seconds": [t * (scale or 1) for t in cpu],
        "scaled": scale is not None,
        "scale": scale,
        "input_bytes": problem.input_bytes,
        "base_bytes": base,
        "peak_bytes": peak,
        "output": output,
    }


def enough(wall: list[float], job: dict[str, Any]) -> bool:
    """Say whether the repetitions so far suffice."""
    if len(wall) < job["repetitions"]:
        return False
    return len(wall) >= job["most"] or sum(wall) >= job["seconds"]


def versions_of(tool: Tool) -> dict[str, str] | str:
    """Return the versions of a tool's packages, or the name of the first that is missing."""
    versions = {"python": sys.version.split()[0]}
    for package in tool.packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            return package
    return versions


def main() -> None:
    """Measure the job on the command line and write its record."""
    record = measure(json.loads(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    main()
