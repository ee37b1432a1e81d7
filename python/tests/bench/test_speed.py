"""The benchmarks: committed accounts keep their schema, and the harness measures what it says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import lcodec
from bench.speed import data
from bench.speed.figures import draw
from bench.speed.manifest import read_manifest, schema
from bench.speed.measure import measure
from bench.speed.report import report
from bench.speed.session import SCHEMA, Session, judge, split
from bench.speed.tools import naive
from bench.speed.tools.calls import TOOLS, sample_of, sampling_scale
from bench.speed.verdict import conclude, met

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = read_manifest()
SMALL = {"name": "small", "call": "foci", "data": "product", "n": 400, "p": 6, "expect": [2, 0, 1]}
COMMITTED = [
    file
    for file in sorted((ROOT / "bench" / "results" / "speed").glob("*.json"))
    if json.loads(file.read_text(encoding="utf-8")).get("schema") == SCHEMA
]


def small(**changes: object) -> dict[str, object]:
    job = {"case": SMALL, "tool": "lcodec", "warm_up": "full"}
    return job | {"repetitions": 2, "seconds": 0, "most": 9} | changes


def account(*records: dict[str, object]) -> dict[str, object]:
    session = Session(MANIFEST, full=False, wanted=lambda name: False, save=lambda _: None)
    for record in records:
        tool = record.pop("tool")
        session._keep("foci n=1e3 p=100", tool, record | {"load": 0.0})
    judge({"expect": [2, 0, 1]}, session.account["results"])
    return conclude(session.account, MANIFEST)


def test_committed_accounts() -> None:
    for file in COMMITTED:
        found = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.validate(found, schema())
        assert conclude(found, MANIFEST) == found, "verdicts are those of the manifest"


def test_an_account_of_this_machine(tmp_path: Path) -> None:
    found = account(
        measure(small()) | {"tool": "lcodec"},
        measure(small(tool="naive-sample", warm_up="small")) | {"tool": "naive-sample"},
        {"tool": "xicorpy", "status": "absent", "reason": "xicorpy is not installed"},
    )
    jsonschema.validate(found, schema())
    ours, sampled, absent = found["results"]
    assert ours["output"] == sampled["output"] == [2, 0, 1]
    assert (ours["agrees"], sampled["agrees"], absent["agrees"]) == (True, True, None)
    assert len(ours["wall_seconds"]) == 2
    assert ours["peak_bytes"] >= ours["base_bytes"] > ours["input_bytes"]
    text = report(found)
    assert "absent: xicorpy is not installed" in text
    assert all(figure.stat().st_size > 0 for figure in draw(found, tmp_path))


def test_schema_refuses() -> None:
    found = account({"tool": "xicorpy", "status": "absent", "reason": "not here"})
    jsonschema.validate(found, schema())
    for key, value in (("status", "measured"), ("hostname", "a"), ("threads", 0)):
        broken = json.loads(json.dumps(found))
        broken["results"][0][key] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema())


def test_wrong_outputs_are_told() -> None:
    record = {"status": "measured", "versions": {}, "wall_seconds": [1.0], "output": [2, 0]}
    found = account(record | {"tool": "lcodec"})
    assert found["results"][0]["agrees"] is False
    assert "**WRONG**" in report(found)


def test_values_are_judged_by_the_named_tool() -> None:
    records = [{"tool": "lcodec", "output": 0.5}, {"tool": "ckdtree", "output": 0.5 + 1e-12}]
    judge({"expect": "ckdtree"}, records)
    assert records[0]["agrees"] is True
    records[0]["output"] = 0.501
    judge({"expect": "ckdtree"}, records)
    assert records[0]["agrees"] is False
    judge({}, records)
    assert records[0]["agrees"] is None


def test_verdicts() -> None:
    record = {"status": "measured", "versions": {}, "output": [2, 0, 1]}
    found = account(
        record | {"tool": "lcodec", "wall_seconds": [1, 1], "cpu_seconds": [0.05, 0.05]}
    )
    verdicts = {item["target"]: item for item in found["verdicts"]}
    assert verdicts["foci n=1e3 p=100: CPU seconds, lcodec"]["figure"] == 0.05
    assert verdicts["foci n=1e3 p=100: CPU seconds, lcodec"]["met"] == "floor"
    assert sum(item["met"] == "not measured" for item in found["verdicts"]) == len(verdicts) - 1
    assert [met(x, 2.0, 1.0, at_least=False) for x in (0.5, 1.5, 3.0)] == ["goal", "floor", "no"]
    assert [met(x, 15.0, None, at_least=True) for x in (20.0, 15.0, 14.0)] == [
        "floor",
        "floor",
        "no",
    ]


def test_manifest_names_what_exists() -> None:
    cases = {case["name"]: case for case in MANIFEST["case"]}
    assert len(cases) == len(MANIFEST["case"])
    for case in cases.values():
        for tool in case["tools"] + case.get("full", []):
            bare = split(tool)[0]
            assert bare in MANIFEST["tools"]
            assert bare == "cran" or case["call"] in TOOLS[bare].calls
    for curve in MANIFEST["curve"]:
        assert set(curve["cases"]) <= set(cases)
    for target in MANIFEST["target"]:
        case = cases.get(target["case"])
        if case is not None:
            measured = case["tools"] + case.get("full", [])
            assert {target.get("tool", "lcodec"), target.get("over", "lcodec")} <= set(measured)


def test_absent_tools() -> None:
    tool = TOOLS["lcodec"]
    TOOLS["missing"] = tool._replace(packages=("no-such-package",))
    try:
        found = measure(small(tool="missing"))
    finally:
        del TOOLS["missing"]
    assert found == {"status": "absent", "reason": "no-such-package is not installed"}


def test_naive_baseline_is_foci_without_ties() -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        X = random.normal(size=(150, 6))
        y = X[:, seed] + X[:, 0] * X[:, 4] + random.normal(size=150)
        result = lcodec.foci(X, y, standardize="none")
        assert naive.foci(X, y) == naive.foci(X, y, lean=True) == result.selected.tolist()
        found = naive.nearest(X[:, :3])
        assert math.isclose(naive.coefficient(y, found, None), lcodec.codec(y, X[:, :3]))
        alone = naive.nearest(X[:, :2])
        value = lcodec.codec(y, X[:, 2], X[:, :2])
        assert math.isclose(naive.coefficient(y, found, alone), value)


def test_sample_is_scaled_by_what_it_scores() -> None:
    problem = data.make(SMALL | {"p": 40, "sample": 10})
    assert len(set(sample_of(problem))) == 10
    assert set(sample_of(problem)) >= {0, 1, 2}
    assert math.isclose(sampling_scale(problem, [2, 0, 1]), (40 + 39 + 38 + 37) / (10 + 9 + 8 + 7))
