"""Run the command line in processes that are killed, or get no more room, at a chosen moment.

A process is forked for each moment, as importing torch takes seconds. `python -m
python.tests.scrub.ledger.crash FOLDER` prints what was found as JSON; `test_faults` judges it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch
import torch._dynamo

from lcodec.cli import scrub as command  # noqa: F401  (so that the forked processes have it)
from lcodec.cli.parser import main
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from python.tests.cli import cli_model

CALLS = ("fsync", "ftruncate", "mkdir", "replace", "rmdir", "unlink", "write")
ROOMS = (100, 1000, 2000, 2600, 3200, 4000)
"""Most bytes per file."""


def arguments(output: str) -> list[str]:
    module = cli_model.__name__
    functions = ["--model", f"{module}:make_model", "--data", f"{module}:data"]
    files = ["--weights", "old.pt", "--output", output, "--ledger", "ledger.jsonl"]
    files += ["--report", "report.html"]
    options = ["--loss", "cross_entropy", "--weight-decay", "0.01", "--select", "all"]
    options += ["--layers", "0", "--layers", "3"]  # its step takes less room than the weights
    return ["scrub", "--forget", "1,2,3", *functions, *files, *options]


def watch(kill_at: int | None) -> list[str]:
    """Note the calls that change files; die at one of them, a write when it is half done."""
    note: list[str] = []
    for name in CALLS:
        real = getattr(os, name)

        def call(*given: Any, name: str = name, real: Any = real, **more: Any) -> Any:
            note.append(name)
            if len(note) - 1 == kill_at:
                if name == "write":
                    real(given[0], given[1][: len(given[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **more)

        setattr(os, name, call)
    return note


def forked(folder: Path, output: str, kill_at: int | None = None, room: int | None = None) -> dict:
    """Run the command once in a process of its own, in this folder."""
    listen, tell = os.pipe()  # a file would be full, too
    process = os.fork()
    if process == 0:
        code = 70
        try:
            os.chdir(folder)
            told = os.fdopen(tell, "w")
            with redirect_stdout(io.StringIO()), redirect_stderr(told):
                if room is not None:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
                made = watch(kill_at)
                code = main(arguments(output))
                print("calls:", *made, file=told, flush=True)
        finally:
            os._exit(code)
    os.close(tell)
    with os.fdopen(listen) as heard:
        said = heard.read()
    _, status = os.waitpid(process, 0)
    said, _, calls = said.partition("calls:")
    return {"code": os.waitstatus_to_exitcode(status), "said": said, "calls": calls.split()}


def state(folder: Path, output: str) -> dict:
    """What a user would find."""
    weights = folder / output
    ledger = folder / "ledger.jsonl"
    return {
        "output": fingerprint(load_weights(weights)) if weights.exists() else None,
        "entries": [list(entry.ids) for entry in verify(ledger)] if ledger.exists() else [],
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*")),
    }


def fresh(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    save_weights(cli_model.make_model().state_dict(), folder / "old.pt")
    return folder


def case(root: Path, name: str, output: str, faults: list[dict]) -> dict:
    """Run with each fault in turn, then without any."""
    folder = fresh(root, name)
    found: dict[str, Any] = {"name": name, "output": output, "faults": []}
    for fault in faults:
        end = forked(folder, output, **fault)
        found["faults"].append({**fault, **end, **state(folder, output)})
    found["last"] = {**forked(folder, output), **state(folder, output)}
    return found


def run(root: Path) -> dict:
    whole = case(root, "whole", "new.pt", [])
    calls = whole["last"]["calls"]
    cases = []
    for output, every in (("old.pt", 1), ("new.pt", 4)):
        for at in range(0, len(calls), every):
            name = f"{output} killed at {at} {calls[at]}"
            cases.append(case(root, name, output, [{"kill_at": at}]))
    saving = [at for at, call in enumerate(calls) if call == "replace"][2]
    once = case(root, "killed once", "old.pt", [{"kill_at": saving}])
    for at in range(0, len(once["last"]["calls"]), 3):  # of the run that completes it
        faults = [{"kill_at": saving}, {"kill_at": at}]
        cases.append(case(root, f"killed at {saving} and then {at}", "old.pt", faults))
    for room in ROOMS:
        cases.append(case(root, f"room for {room} bytes", "new.pt", [{"room": room}]))
    old = fingerprint(cli_model.make_model())
    return {"old": old, "whole": whole, "calls": calls, "cases": cases}


if __name__ == "__main__":
    torch.func.vmap(torch.sin)(torch.ones(1))  # loads more, and leaves autograd alone
    print(json.dumps(run(Path(sys.argv[1]))))
