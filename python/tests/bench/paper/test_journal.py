"""The journal, the configuration and the command line of the paper's experiments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.paper import journal, settings
from bench.paper.__main__ import NAMES, device_of, experiment, main

HEAD = {
    "experiment": "mnist_2nn",
    "config": {"run": {"removals": 2, "seeds": [0]}},
    "data": {"source": "digits", "sha256": "ab"},
    "device": "cpu",
}
RECORDS = [{"seed": 0, "step": step, "kl": step / 3} for step in range(3)]


def written(file: Path, **changes) -> journal.Journal:
    found = journal.Journal(file, {**HEAD, **changes})
    for record in RECORDS:
        found.write(record)
    return found


def test_a_line_for_each_record_after_the_header(tmp_path: Path) -> None:
    file = tmp_path / "new" / "small.jsonl"
    head = journal.header("retrain", {"a": 1}, {"source": "s", "sha256": "x"}, "cpu")
    found = journal.Journal(file, head)
    for record in RECORDS:
        found.write(record)
        last = file.read_text("utf-8").splitlines()[-1]
        assert json.loads(last) == record  # it is there before the next one begins
    first = json.loads(file.read_text("utf-8").splitlines()[0])
    assert first == head
    assert {"commit", "dirty", "machine", "versions", "date"} <= set(first)
    assert isinstance(first["dirty"], bool)
    assert journal.read(file) == head | {"records": RECORDS}
    assert found.find(step=1) == [RECORDS[1]]
    assert json.loads(journal.as_json(found.account())) == found.account()


def test_resumed_journal_has_what_was_there_but_no_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "small.jsonl"
    written(file)
    content = file.read_bytes()
    file.write_bytes(content[:-7])  # killed while it wrote
    again = journal.Journal(file, HEAD, resume=True)
    assert again.records == RECORDS[:-1]
    again.write(RECORDS[-1])
    assert journal.read(file)["records"] == RECORDS
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [list(line) for line in lines[3:4]] == [["session"]]


def test_journal_killed_before_its_header_was_whole(tmp_path: Path) -> None:
    file = tmp_path / "small.jsonl"
    file.write_text('{"experi', encoding="utf-8")
    assert journal.Journal(file, HEAD, resume=True).records == []
    assert journal.read(file)["experiment"] == "mnist_2nn"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"config": {"run": {"removals": 5, "seeds": [0]}}},
            "must be of the same options and data: config.run.removals is 2 there, 5 now",
        ),
        ({"data": {"source": "digits", "sha256": "cd"}}, "data.sha256 is 'ab' there, 'cd' now"),
        ({"device": "cuda"}, "device is 'cpu' there, 'cuda' now"),
        ({"experiment": "retrain"}, "experiment is 'mnist_2nn' there, 'retrain' now"),
        ({"config": {"run": {"removals": 2}}}, r"config.run.seeds is \[0\] there, None now"),
    ],
)
def test_journal_of_other_options_is_refused(tmp_path: Path, changes, message) -> None:
    file = tmp_path / "small.jsonl"
    written(file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=message):
        journal.Journal(file, {**HEAD, **changes}, resume=True)
    assert file.read_bytes() == before


def test_other_commit_and_machine_may_go_on(tmp_path: Path) -> None:
    file = tmp_path / "small.jsonl"
    written(file, commit="old")
    assert len(journal.Journal(file, {**HEAD, "commit": "new"}, resume=True).records) == 3


def test_journal_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "small.jsonl"
    written(file)
    with pytest.raises(ValueError, match=r"must not be there yet; go on with it by --resume"):
        journal.Journal(file, HEAD)


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("b.jsonl", "no\n"), ("c.json", "{}")])
def test_file_that_is_no_journal(tmp_path: Path, name, text) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"{name} must "):
        journal.read(tmp_path / name)


CONFIG = """
[run]
removals = 9
checkpoints = [2, 5, 9]
seeds = [0]
[[methods]]
name = "one"
[[methods]]
name = "two"
budget = "one"
[[methods]]
name = "three"
[published]
run = { removals = 7 }
[small]
leave_out = ["two"]
run = { seeds = [0, 1] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_variants_replace_values(folder: Path) -> None:
    whole = settings.read(folder)
    assert set(whole) == {"run", "methods"}
    assert len(whole["methods"]) == 3
    both = settings.read(folder, small=True, published=True)
    assert [method["name"] for method in both["methods"]] == ["one", "three"]
    assert both["run"] == {"removals": 7, "checkpoints": [2, 5, 9], "seeds": [0, 1]}


def test_command_line_replaces_values(folder: Path) -> None:
    config = settings.chosen(settings.read(folder), removals=4, seeds=[3], methods=["two", "one"])
    assert config["run"] == {"removals": 4, "checkpoints": [2, 4], "seeds": [3]}
    assert [method["name"] for method in config["methods"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (["four"], "--methods must be among one, two, three, got four"),
        (["two"], "--methods must have one, to whose parameter counts two is held"),
    ],
)
def test_methods_that_cannot_be_run(folder: Path, methods, message) -> None:
    with pytest.raises(ValueError, match=message):
        settings.chosen(settings.read(folder), methods=methods)


def test_variant_that_an_experiment_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[run]\nseeds = [0]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"must have a table \[published\] for --published"):
        settings.read(tmp_path, published=True)
    with pytest.raises(ValueError, match="--removals must be left out"):
        settings.chosen(settings.read(tmp_path), removals=3)


def test_list_has_a_line_for_each_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    for name, line in zip(NAMES, lines, strict=True):
        assert experiment(name).question in line
        assert " min, " in line
        assert "GiB" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "NAME must be given, or 'list', or --report"),
        (["retrain"], "--small or --data must be given"),
        (["nothing"], "invalid choice"),
        (["retrain", "--small", "--seeds", "0,0"], "must be distinct numbers from 0 on, got 0,0"),
        (["retrain", "--small", "--removals", "0"], "must be at least 1, got 0"),
    ],
)
def test_command_line_that_is_refused(capsys, arguments, message) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "nowhere must hold train-images-idx3-ubyte or"),
        (["--small", "--methods", "Randon"], "--methods must be among FOCI"),
        (["--small", "--device", "nothing"], "--device must be one that is here, got nothing"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_is_written(
    tmp_path: Path, capsys, arguments, message
) -> None:
    assert main(["mnist_2nn", *arguments, "--output", str(tmp_path / "made")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_device_that_is_chosen() -> None:
    assert device_of("cpu").type == "cpu"
    assert device_of("auto").type in ("cpu", "cuda")
