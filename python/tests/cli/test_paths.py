"""Files that would destroy one another are refused before any is touched; modes are kept."""

import os
import stat
from pathlib import Path

import pytest

from lcodec.cli import scrub as command
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import load_weights
from python.tests.cli import cli_model
from python.tests.cli.command import MODULE, contents, run


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"output": "same.json", "report": "same.json"}, ("--output", "--report")),
        ({"output": "out.json", "report": "sub/../out.json"}, ("--output", "--report")),
        ({"output": "link.json", "report": "real.json"}, ("--output", "--report")),
        ({"output": "hanging", "report": "new.html"}, ("--output", "--report")),
        ({"output": "hard.json", "report": "real.json"}, ("--output", "--report")),
        ({"output": "sub/report.json", "report": "door"}, ("--output", "--report")),
        ({"output": "a", "report": "a/b"}, ("--output", "--report")),
        ({"output": "a", "report": "a"}, ("--output", "--report")),
        ({"output": "ledger.jsonl", "ledger": "ledger.jsonl"}, ("--output", "--ledger")),
        ({"output": "ledger.jsonl.lock", "ledger": "ledger.jsonl"}, ("--output", "lock of")),
        ({"output": "ledger.jsonl.steps", "ledger": "ledger.jsonl"}, ("--output", "steps of")),
        ({"output": "ledger.jsonl.steps/1.pt", "ledger": "ledger.jsonl"}, ("steps of",)),
        ({"report": "l.json", "ledger": "l.json"}, ("--report", "--ledger")),
        ({"report": "l.json.lock", "ledger": "l.json"}, ("--report", "lock of")),
        ({"report": "l.json.steps", "ledger": "l.json"}, ("--report", "steps of")),
        ({"report": "l.json.steps/deep", "ledger": "l.json"}, ("--report", "steps of")),
        ({"report": "door", "ledger": "sub/report.html"}, ("--report", "--ledger")),
        ({"report": "old.json", "weights": "old.json"}, ("--report", "--weights")),
        ({"ledger": "old.pt"}, ("--ledger", "--weights")),
        ({"ledger": "old", "weights": "old.lock"}, ("lock of", "--weights")),
        ({"output": "ids.txt", "forget": "ids.txt"}, ("--output", "--forget")),
        ({"ledger": "ids.txt", "forget": "ids.txt"}, ("--ledger", "--forget")),
        ({"output": "New.PT", "ledger": "new.pt"}, ("--output", "--ledger")),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("plan", [(), ("--plan",)], ids=["", "plan"])
def test_files_that_are_one_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], plan, options, words
) -> None:
    (folder / "ids.txt").write_text("1\n2\n")
    (folder / "sub").mkdir()
    (folder / "door").symlink_to("sub")
    (folder / "real.json").touch()
    (folder / "link.json").symlink_to("real.json")
    (folder / "hanging").symlink_to("new.html")
    os.link("real.json", "hard.json")
    for name in ("old.json", "old.lock"):
        (folder / name).write_bytes((folder / "old.pt").read_bytes())
    before, names = contents(folder), sorted(folder.rglob("*"))
    assert run(*plan, **options) == 2
    said = capsys.readouterr().err
    assert said.startswith("lcodec: error [lcodec:samePath]: ")
    assert all(word in said for word in words)
    assert contents(folder) == before
    assert sorted(folder.rglob("*")) == names


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("output", "", "an empty name"),
        ("output", "sub", "a folder"),
        ("output", "new/", "a folder"),
        ("output", "fifo", "a FIFO"),
        ("output", "/dev/null", "a device"),
        ("output", "x" * 240, "File name too long"),
        ("output", "nowhere/new.pt", "a folder to write to"),
        ("ledger", "", "an empty name"),
        ("ledger", "sub", "a folder"),
        ("ledger", "fifo", "a FIFO"),
        ("report", "", "''"),
        ("report", "sub.json", "a folder"),
        ("report", "notes", "a folder"),
        ("report", "notes/deep", "a folder"),
        ("report", "odd", "a folder"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_entry(
    folder: Path, capsys: pytest.CaptureFixture[str], name, value, got
) -> None:
    for new in ("sub", "sub.json", "odd", "odd/report.json"):
        (folder / new).mkdir()
    os.mkfifo("fifo")
    (folder / "notes").touch()
    before = contents(folder)
    names = sorted(folder.rglob("*"))
    assert run(**{"ledger": "ledger.jsonl", name: value}) == 4
    said = capsys.readouterr().err
    assert said.startswith("lcodec: error [lcodec:writeFailed]: ")
    assert got in said
    assert contents(folder) == before
    assert sorted(folder.rglob("*")) == names


def test_an_output_may_replace_the_weights_and_lie_beside_the_report(folder: Path) -> None:
    assert run(output="old.pt", ledger="ledger.jsonl", report=".") == 0
    names = ["ledger.jsonl", "old.pt", "report.html", "report.json"]
    assert sorted(os.listdir(folder)) == names
    assert run(output="new/a.pt", report="new") == 4  # its folder would be made too late
    assert not (folder / "new").exists()


def test_an_id_is_no_file_of_that_name(folder: Path) -> None:
    assert run(forget="17", output="17") == 0


def test_a_function_that_changes_the_folder_does_not_change_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    data = cli_model.data

    def moves():
        os.chdir(folder / "elsewhere")
        return data()

    monkeypatch.setattr(cli_model, "data", moves)
    assert run(data=f"{MODULE}:data", ledger="ledger.jsonl", report="report") == 0
    assert os.listdir(folder / "elsewhere") == []
    assert sorted(os.listdir(folder)) == ["elsewhere", "ledger.jsonl", "new.pt", "old.pt", "report"]


# --- modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("weights", "rest"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644)])
def test_who_may_not_read_the_weights_reads_nothing_of_theirs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, weights, rest
) -> None:
    os.umask(os.umask(0o022))
    (folder / "old.pt").chmod(weights)
    seen = {}
    real = command.Scrubber.save

    def save(*given, **more):
        for path in (*folder.glob("ledger*"), *folder.glob("ledger*/*")):
            seen[path.name] = stat.S_IMODE(path.stat().st_mode)
        real(*given, **more)

    monkeypatch.setattr(command.Scrubber, "save", save)
    assert run(ledger="ledger.jsonl", report="report") == 0
    assert seen.pop("ledger.jsonl.lock") & 0o022 == 0
    assert seen == {"ledger.jsonl": rest, "ledger.jsonl.steps": 0o700, "1.pt": 0o600}
    for name in ("new.pt", "report/report.html", "report/report.json"):
        assert oct(stat.S_IMODE((folder / name).stat().st_mode)) == oct(rest), name


def test_a_report_of_a_private_ledger_is_private(folder: Path) -> None:
    Ledger("ledger.jsonl").close()
    (folder / "ledger.jsonl").chmod(0o600)
    assert run(ledger="ledger.jsonl", report="page.html") == 0
    assert stat.S_IMODE((folder / "page.html").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_works_for_the_owner_of_the_weights(folder: Path) -> None:
    (folder / "old.pt").chmod(0o600)
    os.chown("old.pt", 1234, 2345)
    assert run(ledger="ledger.jsonl", report="report.json") == 0
    for name in ("old.pt", "new.pt", "ledger.jsonl", "report.json"):
        found = (folder / name).stat()
        assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o600)


# --- names that are no text -----------------------------------------------------------------------


def test_a_name_that_is_no_text_does_not_spoil_the_report(folder: Path) -> None:
    output = os.fsdecode(b"new\xff.pt")
    assert run(output=output, ledger="ledger.jsonl", report="report") == 0
    assert load_weights(output)
    assert "new\\udcff.pt" in (folder / "report" / "report.html").read_text(encoding="utf-8")
    assert len(verify("ledger.jsonl")) == 1
