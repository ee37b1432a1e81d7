"""A run that is killed, or finds the disk full, at any moment, and the same command again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4]
FILES = {"old.pt": {"ledger.jsonl", "old.pt", "report.html"}}
FILES["new.pt"] = FILES["old.pt"] | {"new.pt"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory):
    search = os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")])
    module, folder = "python.tests.scrub.ledger.crash", tmp_path_factory.mktemp("crash")
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder)],
        cwd=FOLDER,
        env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def faults(found, kind):
    return [
        (case["name"], case["output"], fault)
        for case in found["cases"]
        for fault in case["faults"]
        if kind in fault
    ]


def test_the_moments_are_those_of_a_removal(found) -> None:
    """Ledger, step, entry, weights and report: each is written, flushed, and renamed if new."""
    calls = found["calls"]
    assert calls.count("replace") == 4
    assert calls.count("write") == 6  # and the number of the process
    assert calls.count("fsync") >= 9
    assert len(found["cases"]) > 40


def test_the_same_command_again_completes_to_the_same_bits(found) -> None:
    whole = found["whole"]["last"]
    assert whole["code"] == 0
    for case in found["cases"]:
        last = case["last"]
        assert last["code"] == 0, (case["name"], last["said"])
        assert last["output"] == whole["output"], case["name"]
        assert last["entries"] == [[1, 2, 3]], case["name"]  # and not twice
        assert set(last["files"]) == FILES[case["output"]], case["name"]  # nothing is left over


def test_a_killed_run_leaves_the_old_weights_or_the_new_ones(found) -> None:
    whole, seen = found["whole"]["last"]["output"], set()
    for name, output, fault in faults(found, "kill_at"):
        assert fault["code"] == -9, (name, fault["said"])
        changed = fault["output"] == whole
        assert changed or fault["output"] == (found["old"] if output == "old.pt" else None), name
        recorded = fault["entries"] == [[1, 2, 3]]
        assert recorded or not changed, name  # the ledger knows of every change
        seen.add((recorded, changed))
    assert seen == {(False, False), (True, False), (True, True)}


def test_a_run_without_room_says_so_and_leaves_the_weights(found) -> None:
    whole, named = found["whole"]["last"]["output"], set()
    for name, _, fault in faults(found, "room"):
        assert fault["code"] == 4, (name, fault["said"])
        assert "must be writable, got: File too large" in fault["said"], name
        assert fault["output"] in (None, whole), name
        assert not [file for file in fault["files"] if file.endswith((".partial", ".lock"))], name
        named.add(Path(fault["said"].split("`")[1]).name)
    assert named == {"ledger.jsonl", "1.pt", "new.pt", "report.html"}
