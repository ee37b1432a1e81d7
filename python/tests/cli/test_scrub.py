"""A removal, and a plan of one, by the command."""

import json
import os
import subprocess
import sys
from datetime import datetime
from html import escape
from pathlib import Path

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from lcodec.scrub.options import Options
from lcodec.scrub.samples.ids import shown
from python.tests.cli import cli_model
from python.tests.cli.command import MODULE, contents, run


def removed(ids=(1, 2, 3), **options):
    """What the class makes of the same removal."""
    model = cli_model.make_model()
    settings = {"weight_decay": 0.01, "select": "all", **options}
    scrubber = Scrubber(model, nn.CrossEntropyLoss(), cli_model.data(), **settings)
    scrubber.remove(list(ids))
    return model


# --- removal --------------------------------------------------------------------------------------


def test_the_output_is_what_the_class_makes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = (folder / "old.pt").read_bytes()
    assert run(test=f"{MODULE}:test_data", report="account") == 0
    assert fingerprint(load_weights("new.pt")) == fingerprint(removed())
    assert (folder / "old.pt").read_bytes() == old
    text = capsys.readouterr().out
    assert "3 to remove, 57 to keep" in text
    account = json.loads((folder / "account" / "report.json").read_text())
    assert account["report"]["ids"] == [1, 2, 3]
    attack = "Membership attack, removed against test data (AUC, .5 is none)"
    known = {"Mean loss on the test data", "Accuracy on the test data", attack}
    assert account["measures"].keys() == known
    assert account["options"] == Options(weight_decay=0.01, select="all").to_dict()
    assert f"torch {torch.__version__}" in account["command"]["versions"]
    assert datetime.fromisoformat(account["command"]["date"]).tzinfo is not None
    page = (folder / "account" / "report.html").read_text()
    for part in ("Removal of 3 samples", "Accuracy on the test data"):
        assert part in page


def test_callbacks_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(callbacks=f"{MODULE}:tell", report="account") == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("after step ")]
    account = json.loads((folder / "account" / "report.json").read_text())
    report = account["report"]
    assert len(told) == report["steps"] + 1
    assert told[0] == f"after step 0: residual {report['residual_before']:.6g}"
    assert told[-1] == f"after step {report['steps']}: residual {report['residual_after']:.6g}"
    assert account["options"]["callbacks"] == f"{MODULE}:tell"


def test_a_refit_that_is_given_is_compared_with(folder: Path) -> None:
    save_weights(removed().state_dict(), "refit.pt")
    assert run(test=f"{MODULE}:test_data", report="account", refit="refit.pt") == 0
    account = json.loads((folder / "account" / "report.json").read_text())
    apart = "Divergence of the refit's predictions from these (KL), "
    for where in ("removed samples", "test data"):
        before, after, refit = account["measures"][apart + where]
        assert before > 0
        assert after == refit == 0  # it is the same model
    report, refit = account["report"], account["refit"]
    assert refit["loss"] == pytest.approx(report["loss_after"], rel=1e-12)
    assert refit["accuracy"] == report["accuracy_after"]
    accuracies = account["measures"]["Accuracy on the test data"]
    assert len(accuracies) == 3
    assert accuracies[1] == accuracies[2]
    assert '<th class="number">refit</th>' in (folder / "account" / "report.html").read_text()


@pytest.mark.parametrize(
    "options",
    [
        {"forget": "ids.txt"},
        {"data": f"{MODULE}:data_set"},
        {"data": f"{MODULE}:named_data", "forget": "person 1, person 2,person 3"},
        {"data": f"{MODULE}:numbered_data", "forget": "101,102,103,101"},
        {"model": f"{MODULE}:compiled_model"},
        {"output": "new.safetensors"},
        {"loss": f"{MODULE}:loss"},
        {"loss": "torch.nn:CrossEntropyLoss"},
        {"memory_limit": "1.5MiB", "noise": "1e-1", "device": "cpu"},
    ],
    ids=lambda options: " ".join(options.values()),
)
def test_other_forms_of_the_same_removal(folder: Path, options) -> None:
    (folder / "ids.txt").write_text("1\n\n 2 \n3\n")
    assert run(**options) == 0
    assert fingerprint(load_weights(options.get("output", "new.pt"))) == fingerprint(removed())


@pytest.mark.parametrize("form", ["argument", "file"])
@pytest.mark.parametrize("label", cli_model.ODD, ids=ascii)
def test_every_label_can_be_named(folder: Path, form, label) -> None:
    """And every output holds it."""
    forget = json.dumps([label, 105])
    if form == "file":
        (folder / "ids.json").write_text(f"\n{forget}\n")
        forget = "ids.json"
    options = {"data": f"{MODULE}:odd_data", "forget": forget, "ledger": "ledger.jsonl"}
    assert run(**options, report="account") == 0
    (entry,) = verify("ledger.jsonl")
    assert entry.ids == (label, 105)
    report = json.loads((folder / "account" / "report.json").read_text())
    assert report["report"]["ids"] == [label, 105]
    assert escape(shown(label)) in (folder / "account" / "report.html").read_text()


def test_what_a_terminal_or_a_page_cannot_show_is_no_reason_to_fail(folder: Path) -> None:
    """Bytes in the name of a file that are no text, and a terminal that knows ASCII alone."""
    name = os.fsdecode(b"weights-\xe9.pt")
    (folder / "old.pt").rename(name)
    arguments = ["scrub", "--forget", '["\u00e9\u202e"]', "--weights", name, "--output", "new.pt"]
    arguments += ["--model", f"{MODULE}:make_model", "--data", f"{MODULE}:odd_data"]
    arguments += ["--loss", "cross_entropy", "--select", "all", "--weight-decay", "0.01"]
    for command in (
        [*arguments, "--report", "page.html", "--ledger", "ledger.jsonl"],
        ["ledger", "verify", "ledger.jsonl"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "lcodec", *command],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONIOENCODING": "ascii",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert r'removal of 1: "\xe9\u202e"' in done.stdout
    assert r"weights-\udce9.pt" in (folder / "page.html").read_text(encoding="utf-8")


def test_a_step_that_went_too_far_is_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(step="ascent", learning_rate=1) == 0
    assert "a larger --damping or a --max-step" in capsys.readouterr().err
    assert run() == 0
    assert capsys.readouterr().err == ""


def test_options_reach_the_scrubber() -> None:
    options = {"layers": "0,3", "curvature": "identity", "max_step": 0.5, "gradient": "forget"}
    assert run("--progress", **options) == 0
    expected = removed(**{**options, "layers": ["0", "3"]})
    assert fingerprint(load_weights("new.pt")) == fingerprint(expected)


def test_a_preset_reaches_the_scrubber() -> None:
    options = {"select": "lfoci", "perturbations": 60}
    assert run(preset="paper", **options) == 0
    expected = removed(**options, features="activation", response="loss", steps=1)
    assert fingerprint(load_weights("new.pt")) == fingerprint(expected)


def test_the_work_can_be_capped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--plan", max_passes=6, output=None, report="plan.html") == 0
    ended = "`max_passes` ended the search for a better step"
    assert ended in capsys.readouterr().out
    assert ended in (folder / "plan.html").read_text()
    assert run(max_passes=6) == 0
    assert fingerprint(load_weights("new.pt")) == fingerprint(removed(max_passes=6))
    capsys.readouterr()
    assert run(max_passes=2) == 2
    assert "error [lcodec:maxPasses]: `max_passes` must suffice" in capsys.readouterr().err


def test_the_output_may_be_the_input() -> None:
    assert run(output="old.pt", ledger="ledger.jsonl") == 0
    assert run(output="old.pt", ledger="ledger.jsonl") == 0
    assert fingerprint(load_weights("old.pt")) == fingerprint(removed())


def test_noise_is_reported_as_what_it_is(folder: Path) -> None:
    noise = {"epsilon": 0.5, "delta": 1e-3, "strong_convexity": 0.01, "lipschitz": 1}
    assert run(**noise, hessian_lipschitz=0.1, ledger="ledger.jsonl", report="page.html") == 0
    (entry,) = verify("ledger.jsonl")
    assert entry.noise["scope"] == "all"
    assert entry.composed == {"epsilon": 0.5, "delta": 1e-3}
    assert "Heuristic noise, no certificate" in (folder / "page.html").read_text()
    assert run(**noise) == 2  # one of the five is missing


# --- plan -----------------------------------------------------------------------------------------


def test_a_plan_changes_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ledger="ledger.jsonl") == 0
    before = contents(folder)
    assert run("--plan", ledger="ledger.jsonl", forget="4,5") == 0
    assert "2 to remove, 55 to keep" in capsys.readouterr().out
    assert run("--plan", ledger="ledger.jsonl", output=None, weights="new.pt") == 0
    assert "nothing left to do" in capsys.readouterr().out
    assert run("--plan", ledger="other.jsonl", forget="4,5", output=None) == 0
    assert contents(folder) == before


def test_a_plan_is_reported_where_that_is_asked_for(folder: Path) -> None:
    before = contents(folder)
    assert run("--plan", output=None, report="plan.html") == 0
    assert [str(name) for name in contents(folder).keys() - before.keys()] == ["plan.html"]
    page = (folder / "plan.html").read_text()
    assert "Nothing has been changed: this is what removing 3 samples would do." in page
