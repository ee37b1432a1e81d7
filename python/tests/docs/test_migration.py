"""Every row of docs/migration.md: our call gives what it says, and theirs gave what it says."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from lcodec.scrub import Scrubber
from python.tests.docs import migration
from python.tests.docs.migration import FLAGS, PAGE, RECORDED, Row

ROWS = migration.rows()
NOT_RUN = "MATLAB's rankers of features"
IMPORTS = {
    "SciPy": "from scipy.stats import PermutationMethod, chatterjeexi",
    "scikit-learn": "from sklearn.feature_selection import SelectKBest, mutual_info_classif, "
    "mutual_info_regression",
}


def name(row: Row) -> str:
    return f"{row.section}: {row.theirs}"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return {**migration.namespace(), "pd": pd, "tensor": torch.tensor}


@pytest.mark.parametrize("row", [r for r in ROWS if r.python != "none"], ids=name)
def test_a_call(row: Row, names: dict[str, Any]) -> None:
    value = migration.evaluated(row.python, names)
    assert migration.shown(value) == row.ours.split("; MATLAB ")[0]
    if row.section == NOT_RUN:
        assert row.gives == "not run"
        return
    recorded = RECORDED[row.section]["values"][row.theirs]
    if recorded == "TypeError":
        assert row.gives == recorded
        return
    theirs = [np.nan if v is None else v for v in recorded]
    assert migration.shown(theirs) == row.gives
    if row.gives == row.ours and np.asarray(theirs).dtype.kind == "f":
        single = "tensor(" in row.theirs  # in float32
        gaps = np.abs(np.subtract(theirs, np.ravel(value)))
        assert np.all((gaps < (1e-6 if single else 1e-12)) | np.isnan(theirs))


@pytest.mark.parametrize("row", [r for r in ROWS if r.python == "none"], ids=name)
def test_an_option_without_counterpart(row: Row) -> None:
    assert (row.matlab, row.gives, row.ours) == ("", "", "")
    assert row.theirs in RECORDED[row.section]["options"]
    assert row.differs


@pytest.mark.parametrize("section", [s for s in RECORDED if s != FLAGS])
def test_no_call_and_no_option_of_theirs_is_left_out(section: str) -> None:
    calls = [row.theirs for row in ROWS if row.section == section]
    if section != NOT_RUN:
        assert RECORDED[section]["values"].keys() <= set(calls)
    assert len(set(calls)) == len(calls)
    words = set(re.findall(r"[\w.]+", " ".join(calls)))
    assert set(RECORDED[section]["options"]) <= words
    text = PAGE.split(f"\n## Coming from {section}\n")[1].split("\n## ")[0]
    assert ">>>" in text or "```matlab" in text, "an example"
    version = re.search(r"0\.\d+\.?\d*|commit \w+", RECORDED[section]["source"].split(" in ")[0])
    if version and section not in IMPORTS:
        assert version[0].removeprefix("commit ") in PAGE


def test_sections_and_records_are_the_same() -> None:
    assert {*migration.sections(), FLAGS} == set(RECORDED)


@pytest.mark.parametrize("row", [r for r in ROWS if r.section in IMPORTS and r.ours], ids=name)
def test_what_can_be_run_here_gives_what_was_recorded(row: Row, names: dict[str, Any]) -> None:
    imported = dict(names)
    try:
        exec(IMPORTS[row.section], imported)
    except ImportError as problem:  # chatterjeexi came with SciPy 1.15
        pytest.skip(str(problem))
    recorded = [np.nan if v is None else v for v in RECORDED[row.section]["values"][row.theirs]]
    with np.errstate(invalid="ignore"):  # a constant response
        value = np.ravel(eval(row.theirs, imported))
    assert value == pytest.approx(recorded, rel=1e-6, nan_ok=True)


def test_flags_of_the_script_and_options_of_the_scrubber(names: dict[str, Any]) -> None:
    example = re.findall(r"```python\n(>>> import torch.*?)```", PAGE, re.DOTALL)[0]
    setting = "\n".join(line[4:] for line in example.splitlines()[:5])
    exec(setting, names)
    names["loss"] = names["torch"].nn.CrossEntropyLoss()
    required = {"model": names["model"].double(), "loss": names["loss"], "retained": names["data"]}
    options = inspect.signature(Scrubber).parameters
    seen = {}
    for flag, default, code, ours, differs in migration.lines_of(FLAGS):
        seen[flag.strip("`").removeprefix("--")] = eval(default.strip("`"))
        if code == "none":
            assert ours == "", flag
            assert differs, flag
            continue
        given = eval(f"dict({code.strip('`')})", names)
        scrubber = Scrubber(**{"perturbations": 20, "max_passes": 50, **required, **given})
        assert scrubber.plan([7]).forgotten == 1
        kept = [repr(options[k].default) for k in given if k not in required]
        assert ours.strip("`") == ", ".join(kept), flag
    assert seen == RECORDED[FLAGS]["flags"]
