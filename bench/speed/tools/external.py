"""Tools that are no Python packages: CRAN FOCI through Rscript, and the MATLAB code in Octave."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import machine
from bench.machine import ROOT
from bench.speed import data

Record = dict[str, Any]
FOLDER = Path(__file__).resolve().parent
SCRIPTS = FOLDER / "octave"


def cran(job: dict[str, Any], folder: Path, timeout: float) -> Record:
    """Measure foci of the R package FOCI on the job's data, handed over in `folder`."""
    if shutil.which("Rscript") is None:
        return {"status": "absent", "reason": "R is not installed"}
    problem = data.make(job["case"])
    problem.X.T.tofile(folder / "X.bin")
    problem.y.tofile(folder / "y.bin")
    n, p = problem.X.shape
    script = str(FOLDER / "cran.R")
    command = ["Rscript", "--vanilla", script, str(folder), str(n), str(p), str(job["repetitions"])]
    load = machine.load()
    lines = _lines(command, timeout)
    if isinstance(lines, dict):
        return lines
    answer = lines[0]
    if "absent" in answer:
        return {"status": "absent", "reason": answer["absent"]}
    return {
        "status": "measured",
        "versions": {"FOCI": answer["FOCI"], "R": answer["R"]},
        "wall_seconds": answer["wall"],
        "cpu_seconds": answer["cpu"],
        "input_bytes": problem.input_bytes,
        "output": [column - 1 for column in answer["selected"]],
        "load": load,
    }


def octave(timeout: float) -> Iterator[tuple[str, str, Record]]:
    """Yield case, tool and record of every line that the scripts in octave/ print."""
    for script in sorted(SCRIPTS.glob("bench_*.m")):
        if shutil.which("octave-cli") is None:
            record = {"status": "absent", "reason": "GNU Octave is not installed"}
            yield f"octave {script.stem}", "octave", record
            continue
        load = machine.load()
        paths = f"addpath('{ROOT / 'matlab'}'); addpath('{SCRIPTS}'); {script.stem}"
        command = ["octave-cli", "--norc", "--no-history", "--quiet", "--eval", paths]
        lines = _lines(command, timeout)
        if isinstance(lines, dict):
            yield f"octave {script.stem}", "octave", lines
            continue
        for line in lines:
            for tool, key in (("octave", "seconds"), ("octave-brute", "brute_seconds")):
                if line.get(key):
                    record = {
                        "status": "measured",
                        "versions": {"octave": line["version"]},
                        "wall_seconds": np.atleast_1d(line[key]).tolist(),
                        "load": load,
                    }
                    yield f"octave {line['case']}", tool, record


def _lines(command: list[str], timeout: float) -> list[dict[str, Any]] | Record:
    """Return the lines of JSON that a command prints, or the record of its failure."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return {"status": "timeout", "reason": f"more than {timeout:g} s"}
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        reason = next((line for line in said if line.lower().startswith("error")), said[-1])
        return {"status": "failed", "reason": reason[:200]}
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return lines or {"status": "failed", "reason": "printed no result"}
