"""`make gpu`: without a GPU it says so, and a dry run goes through every part on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from bench.gpu import account, removal, runner, tests, timings
from bench.machine import ROOT

SCHEMA = json.loads((ROOT / "bench" / "gpu" / "schema.json").read_text(encoding="utf-8"))


def make_gpu(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, on a machine whose GPUs are hidden."""
    command = ["make", "gpu", f"PYTHON={sys.executable}", f"OUT={folder}", *more]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, cwd=ROOT, env=hidden, capture_output=True, text=True)


def validated(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    return content


def test_without_a_gpu_it_says_so_and_does_nothing(tmp_path: Path) -> None:
    done = make_gpu(tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "No GPU here, nothing to do" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_dry_run_goes_through_every_part(tmp_path: Path) -> None:
    done = make_gpu(tmp_path, "DRY_RUN=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {f"{part}.json" for part in runner.SHARES}
    found = {part: validated(tmp_path / f"{part}.json") for part in runner.SHARES}
    for part, content in found.items():
        assert (content["part"], content["status"], content["dry_run"]) == (part, "done", True)
        assert account.agrees(content)
    laws = [(one["library"], one["law"]) for one in found["bits"]["results"]]
    assert {library for library, _ in laws} == {"CuPy", "torch without CuPy"}
    assert len(laws) == 2 * 10
    assert all(one["examples"] >= 3 for one in found["bits"]["results"])
    assert len(found["timings"]["results"]) == 2 * len(timings.GIVEN) + 3
    perceptron, resnet = found["removal"]["results"]
    assert perceptron["same_slices"]
    assert resnet["same_slices"]
    assert 0 < resnet["difference"] < resnet["bound"] < 1e-2  # other sums: not the same numbers
    assert perceptron["difference"] < perceptron["bound"] < 1e-9
    outcomes = {one["case"].split("::")[0]: one["outcome"] for one in found["tests"]["results"]}
    assert sorted(outcomes.values()) == ["passed", "skipped"]


def test_a_part_that_overruns_is_killed_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(while true; do date >> {mark}; sleep 0.05; done) & wait"
    start = time.monotonic()
    assert runner.limited(["sh", "-c", script], 1.0, dict(os.environ)) is None
    assert time.monotonic() - start < 30
    time.sleep(0.3)
    written = mark.read_bytes()
    assert written
    time.sleep(0.5)
    assert mark.read_bytes() == written, "a process that the part had started is still alive"


def test_parts_after_one_that_overruns_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []

    def limited(command: list[str], seconds: float, environment: dict[str, str]) -> int | None:
        part, folder = command[command.index("--part") + 1], Path(command[-2])
        limits.append(seconds)
        if part == "timings":
            return None
        if part == "removal":
            return -11  # before it could write
        with account.Account(folder / f"{part}.json", part, dry_run=True):
            return 0

    monkeypatch.setattr(runner, "limited", limited)
    assert runner.run(tmp_path, 1.0, dry_run=True) is False
    found = [validated(tmp_path / f"{part}.json") for part in runner.SHARES]
    assert [one["status"] for one in found] == ["done", "overran", "failed", "done"]
    assert found[1]["reason"] == f"killed after {limits[1]:.0f} s"
    assert found[2]["reason"] == "its process ended with code -11"
    whole = 60 - runner.RESERVE
    assert limits[0] == pytest.approx(0.3 * whole, abs=1)
    assert limits[3] == pytest.approx(whole, abs=2), "time that is left goes to those after it"


def test_what_differs_or_breaks_is_no_success(tmp_path: Path) -> None:
    file = tmp_path / "part.json"
    with account.Account(file, "bits", dry_run=True) as whole:
        law = {"library": "CuPy", "law": "codec", "examples": 1, "seconds": 0.0}
        whole.add({**law, "agrees": True})
        assert validated(file)["status"] == "running", "written after every record"
        assert len(validated(file)["results"]) == 1
    assert whole.agrees
    with account.Account(file, "bits", dry_run=True) as differing:
        differing.add({**law, "agrees": False, "error": "AssertionError"})
    assert not differing.agrees
    with pytest.raises(ZeroDivisionError), account.Account(file, "bits", dry_run=True) as broken:
        raise ZeroDivisionError("no")
    assert not broken.agrees
    assert validated(file)["reason"] == "ZeroDivisionError: no"


def test_the_bound_of_a_removal_refuses_fewer_digits_and_other_slices() -> None:
    """Products in TF32 keep 10 bits: the device's step with so many must not pass."""
    case = removal.cases(True)[1]
    model, data = removal.prepared(case)
    here = removal.removed(case, model, data, "cpu")
    nearby = removal.removed(case, *removal.disturbed(case, model, data), "cpu")
    assert removal.judged(case, here, nearby, [here, here])["agrees"]

    unit = 2.0 ** (here.step.abs().clamp_min(1e-30).log2().floor() - 10)
    coarse = replace(here, step=(here.step / unit).round() * unit)
    record = removal.judged(case, here, nearby, [here, coarse])
    assert record["same_slices"]
    assert record["agrees"] is False

    _, *others = here.report.slices
    fewer = replace(here, report=replace(here.report, slices=tuple(others)))
    for device, disturbed in ((fewer, nearby), (here, fewer)):
        assert removal.judged(case, here, disturbed, [here, device])["agrees"] is False
    free = replace(case, judged=False)
    assert "agrees" not in removal.judged(free, here, nearby, [here, fewer])


def test_device_tests_that_lack_a_package_are_told(tmp_path: Path) -> None:
    with account.Account(tmp_path / "tests.json", "tests", dry_run=True) as kept:
        outcomes = tests.Outcomes(kept)
        for text, outcome in (("No module named 'polars'", "skipped"), ("a bug", "failed")):
            report = SimpleNamespace(
                passed=False, outcome="failed", nodeid="a.py", longrepr=None, longreprtext=text
            )
            outcomes.pytest_collectreport(report)  # type: ignore[arg-type]
            assert kept.content["results"][-1]["outcome"] == outcome
    content = validated(tmp_path / "tests.json")
    assert [one["agrees"] for one in content["results"]] == [True, False]
    assert content["results"][0]["reason"] == "No module named 'polars'"
