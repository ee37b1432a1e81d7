"""A session: every case with every tool, one process after the other, into one account."""

from __future__ import annotations

import datetime
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import machine
from bench.machine import ROOT
from bench.speed.tools import external

Record = dict[str, Any]
SCHEMA = "lcodec-bench-1"
THREAD_VARIABLES = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
STARTS = 5  # processes whose cold start is measured


class Session:
    """Runs processes and collects their records.

    Parameters
    ----------
    manifest : dict
        As read from manifest.toml.
    full : bool
        Whether to measure what ``make bench-full`` adds.
    wanted : function
        Says of "<case> with <tool>" whether to measure it.
    save : function
        Called with the account after every record, so that an interrupted session leaves one.
    """

    def __init__(
        self,
        manifest: dict[str, Any],
        full: bool,
        wanted: Callable[[str], bool],
        save: Callable[[dict[str, Any]], None],
    ) -> None:
        self.manifest, self.full, self.wanted, self.save = manifest, full, wanted, save
        self.account: dict[str, Any] = {
            "schema": SCHEMA,
            "mode": "full" if full else "quick",
            "date": datetime.date.today().isoformat(),
            "commit": machine.commit(),
            "machine": machine.describe(),
            "results": [],
        }

    def run(self) -> dict[str, Any]:
        """Measure everything and return the account."""
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            self._cold_starts()
            for case in self.manifest["case"]:
                for tool in case["tools"] + (case.get("full", []) if self.full else []):
                    if self.wanted(f"{case['name']} with {tool}"):
                        self._keep(case["name"], tool, self._measure(case, tool))
                judge(case, self._of(case["name"]))
                self.save(self.account)
            if self.full and self.wanted("octave with octave"):
                for name, tool, record in external.octave(self.manifest["timeout"]):
                    self._keep(name, tool, record)
        return self.account

    def _of(self, name: str) -> list[Record]:
        return [record for record in self.account["results"] if record["case"] == name]

    def _keep(self, name: str, tool: str, record: Record) -> None:
        """Complete a record with its names and medians, show it and save the account."""
        bare, threads = split(tool)
        settings = self.manifest["tools"].get(bare, {})
        record = {
            "case": name,
            "tool": bare,
            "title": settings.get("title", bare),
            "threads": threads,
            **record,
        }
        if record["status"] == "measured":
            for clock in ("wall", "cpu"):
                seconds = record.get(f"{clock}_seconds")
                record[f"{clock}_median"] = statistics.median(seconds) if seconds else None
            shown = f"{record['wall_median']:.4g} s"
        else:
            shown = f"{record['status']}: {record['reason']}"
        print(f"{name:45s} {tool:16s} {shown}", file=sys.stderr, flush=True)
        self.account["results"].append(record)
        self.save(self.account)

    def _measure(self, case: dict[str, Any], tool: str) -> Record:
        """Measure a case with a tool; a process that compiled kernels is run a second time."""
        bare, threads = split(tool)
        if threads > machine.cores():
            return {"status": "absent", "reason": f"needs {threads} cores"}
        settings = self.manifest | self.manifest["tools"].get(bare, {})
        job = {
            "case": case,
            "tool": bare,
            "warm_up": settings.get("warm_up", "full"),
            "repetitions": case.get("repetitions", {}).get(bare, settings["repetitions"]),
            "seconds": settings["seconds"],
            "most": settings["most"],
        }
        timeout = case.get("timeout", settings["timeout"])
        if bare == "cran":
            return external.cran(job, self.folder, timeout)
        python = interpreter(settings.get("python"))
        command = [python, "-m", "bench.speed.measure", json.dumps(job)]
        before = self._kernels()
        record = self._process(command, threads, timeout)
        if record["status"] == "measured" and self._kernels() != before:
            record = self._process(command, threads, timeout)  # compiling took memory
        return record

    def _process(self, command: list[str], threads: int, timeout: float) -> Record:
        """Run a command that writes its record to the file named last."""
        file = self.folder / "record.json"
        file.unlink(missing_ok=True)
        load = machine.load()
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        environment["NUMBA_CACHE_DIR"] = str(self.folder / "kernels")
        try:
            done = subprocess.run(
                [*command, str(file)],
                cwd=ROOT,
                env=environment,
                timeout=timeout,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError:
            return {"status": "absent", "reason": "its Python environment is missing"}
        except subprocess.TimeoutExpired:
            return {"status": "timeout", "reason": f"more than {timeout:g} s", "load": load}
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            return {"status": "failed", "reason": last[:200], "load": load}
        return {**json.loads(file.read_text(encoding="utf-8")), "load": load}

    def _kernels(self) -> int:
        return len(list((self.folder / "kernels").rglob("*.nbc")))

    def _cold_starts(self) -> None:
        """Import and first call: once with nothing compiled yet, then in processes after it."""
        for call in ("foci", "codec"):
            name = f"first {call} of a second process"
            if not self.wanted(f"{name} with lcodec"):
                continue
            shutil.rmtree(self.folder / "kernels", ignore_errors=True)
            command = [sys.executable, "-m", "bench.speed.cold", call]
            starts = [self._process(command, 1, 900) for _ in range(1 + STARTS)]
            broken = next((s for s in starts if "status" in s), None)
            if broken:
                self._keep(name, "lcodec", broken)
                continue
            compiled, *later = starts
            for title, values in (
                (f"first {call} ever", [compiled["first"]]),
                (name, [start["first"] for start in later]),
                ("import lcodec", [start["import"] for start in later]),
            ):
                if title != "import lcodec" or call == "foci":
                    self._keep(title, "lcodec", _seconds(values, later[0]))


def _seconds(values: list[float], start: Record) -> Record:
    return {
        "status": "measured",
        "versions": {"python": sys.version.split()[0], "lcodec": start["version"]},
        "wall_seconds": values,
        "load": start["load"],
    }


def split(tool: str) -> tuple[str, int]:
    """Return name and threads of a tool as the manifest writes it, ``lcodec@2``."""
    bare, _, threads = tool.partition("@")
    return bare, int(threads or 1)


def interpreter(kind: str | None) -> str:
    """Return the Python that runs a tool: this one, or that of the peers' environment."""
    if kind is None:
        return sys.executable
    return os.environ.get("LCODEC_BENCH_PEERS", str(ROOT / ".venv" / "peers" / "bin" / "python"))


def judge(case: dict[str, Any], records: list[Record]) -> None:
    """Say of every record whether its output is the expected one; None where nothing is."""
    expected = case.get("expect")
    if isinstance(expected, str):
        expected = next((r.get("output") for r in records if r["tool"] == expected), None)
    unjudged = case.get("unjudged", [])
    for record in records:
        output = record.get("output")
        if record["tool"] in unjudged or expected is None or output is None:
            record["agrees"] = None
        elif isinstance(expected, float):
            record["agrees"] = math.isclose(output, expected, rel_tol=1e-9)
        else:
            record["agrees"] = output == expected
