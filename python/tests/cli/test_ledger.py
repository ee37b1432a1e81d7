"""A second run, what is left to remove, and the audit."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lcodec.cli import main
from lcodec.scrub import Scrubber
from lcodec.scrub.ledger.chain import header, now, to_line
from lcodec.scrub.ledger.entry import Entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from python.tests.cli.cli_model import ODD
from python.tests.cli.command import MODULE, contents, run

# --- ledger ---------------------------------------------------------------------------------------


def test_a_second_run_has_nothing_left_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ledger="ledger.jsonl", report="first.json") == 0
    first, ledger = load_weights("new.pt"), (folder / "ledger.jsonl").read_bytes()
    capsys.readouterr()
    assert run(ledger="ledger.jsonl", report="second") == 0
    assert capsys.readouterr().out.startswith("nothing left to do")
    assert fingerprint(load_weights("new.pt")) == fingerprint(first)
    assert (folder / "ledger.jsonl").read_bytes() == ledger
    once, again = (
        json.loads((folder / name).read_text())["report"]
        for name in ("first.json", "second/report.json")
    )
    for name in ("ids", "forgotten", "gradient_after", "loss_after", "sha256_after", "entry"):
        assert once[name] == again[name]
    assert "Removal of 3 samples" in (folder / "second" / "report.html").read_text()


def test_a_run_that_has_nothing_to_do_keeps_the_report_of_the_first(folder: Path) -> None:
    """Which says more than the ledger can, but only if it is of that removal."""
    assert run(ledger="ledger.jsonl", report="account") == 0
    files = [folder / "account" / name for name in ("report.json", "report.html")]
    first = [file.read_bytes() for file in files]
    assert run(ledger="ledger.jsonl", report="account") == 0
    assert [file.read_bytes() for file in files] == first
    files[1].unlink()
    assert run(ledger="ledger.jsonl", report="account") == 0
    assert files[1].is_file()
    assert run(ledger="ledger.jsonl", forget="4", report="account") == 0
    assert run(ledger="ledger.jsonl", report="account") == 0
    assert json.loads(files[0].read_text())["report"]["entry"] == 1


def test_the_report_of_an_earlier_removal_is_that_of_its_entry(folder: Path) -> None:
    assert run(ledger="ledger.jsonl") == 0
    assert run(ledger="ledger.jsonl", forget="4") == 0
    for forget, entry, ids in (("3,1", 1, [1, 2, 3]), ("4", 2, [4]), ("1,4", 2, [4])):
        assert run(ledger="ledger.jsonl", forget=forget, report="again.json") == 0
        report = json.loads((folder / "again.json").read_text())["report"]
        assert (report["entry"], report["ids"]) == (entry, ids)


@pytest.mark.parametrize("weights", ["old.pt", "new.pt"])
def test_only_what_is_left_is_removed(capsys: pytest.CaptureFixture[str], weights) -> None:
    assert run(ledger="ledger.jsonl") == 0
    assert run(ledger="ledger.jsonl", forget="2,3,4", weights=weights) == 0
    assert "1 to remove, 56 to keep" in capsys.readouterr().out
    assert [entry.ids for entry in verify("ledger.jsonl")] == [(1, 2, 3), (4,)]


def test_the_audit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(ledger="ledger.jsonl")
    run(ledger="ledger.jsonl", forget=",".join(map(str, range(20, 32))))
    capsys.readouterr()
    assert main(["ledger", "verify", "ledger.jsonl", "--weights", "new.pt"]) == 0
    text = capsys.readouterr().out
    assert "removal of 3: 1, 2, 3" in text
    assert "removal of 12: 20, 21, 22, 23, 24, 25, 26, 27 and 4 more" in text
    assert f"weights  SHA-256 {fingerprint(load_weights('new.pt'))}" in text
    assert main(["ledger", "verify", "ledger.jsonl", "--weights", "old.pt"]) == 4
    whole = (folder / "ledger.jsonl").read_text()
    (folder / "ledger.jsonl").write_text(whole + '{"half')
    assert main(["ledger", "verify", "ledger.jsonl"]) == 0
    assert "torn     6 bytes" in capsys.readouterr().out
    (folder / "ledger.jsonl").write_text(whole.replace("[1,2,3]", "[1,2,4]"))
    assert main(["ledger", "verify", "ledger.jsonl"]) == 4
    assert "lcodec: error [lcodec:ledgerChain]: line 2" in capsys.readouterr().err
    assert main(["ledger", "verify", "nowhere.jsonl"]) == 2


def test_labels_cannot_forge_lines_of_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    run(ledger="ledger.jsonl", data=f"{MODULE}:odd_data", forget=json.dumps(ODD))
    capsys.readouterr()
    assert main(["ledger", "verify", "ledger.jsonl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "chain", "weights"]
    assert all(line.isprintable() for line in lines)
    shown = r'"a\nb", " edge ", "1,2", "[x]", "\u001b[2J 9  forged", "é\u202e", 17, "17"'
    assert lines[0].endswith(f"removal of 8: {shown}")


def test_the_audit_against_a_hash_kept_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit = ["ledger", "verify", "ledger.jsonl"]
    run(ledger="ledger.jsonl")
    capsys.readouterr()
    assert main(audit) == 0
    anchor = re.search(r"last line has SHA-256 (\w{64})", capsys.readouterr().out)[1]
    run(ledger="ledger.jsonl", forget="4")
    assert main([*audit, "--contains", anchor]) == 0
    assert f"anchor   the line with SHA-256 {anchor} is there" in capsys.readouterr().out
    text = (folder / "ledger.jsonl").read_bytes()
    (folder / "ledger.jsonl").write_bytes(text.splitlines(keepends=True)[0])
    assert main(audit) == 0  # the chain by itself does not show what is gone
    assert main([*audit, "--contains", anchor]) == 4
    assert "[lcodec:ledgerAnchor]" in capsys.readouterr().err
    assert main([*audit, "--contains", "abc"]) == 2


def test_the_audit_with_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "key").write_bytes(b"0123456789abcdefghijklmnopqrstuv")
    (folder / "key").chmod(0o600)
    audit = ["ledger", "verify", "ledger.jsonl"]
    keyed = {"ledger": "ledger.jsonl", "ledger_key": "key", "report": "account"}
    assert run(**keyed) == 0
    assert run("--plan", **keyed, forget="5") == 0
    before = contents(folder)
    assert run(ledger="ledger.jsonl", forget="5") == 4
    assert "[lcodec:ledgerKey]" in capsys.readouterr().err
    assert main(audit) == 4
    assert main([*audit, "--key", "key"]) == 0
    assert re.search(r"key      \w{16} seals every line", capsys.readouterr().out)
    assert contents(folder) == before
    for name, text in before.items():
        assert name == Path("key") or b"0123456789abcdefghij" not in text
    assert "ledger_key" not in (folder / "account" / "report.json").read_text()


# --- undo -----------------------------------------------------------------------------------------


def test_the_same_command_with_undo_takes_a_removal_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = fingerprint(load_weights("old.pt"))
    assert run(ledger="ledger.jsonl") == 0
    assert fingerprint(load_weights("new.pt")) != old
    capsys.readouterr()
    assert run("--undo", ledger="ledger.jsonl", report="account") == 0
    assert capsys.readouterr().out == "entry 2 takes entry 1 back: 1, 2, 3\n"
    assert fingerprint(load_weights("new.pt")) == old
    assert [entry.undoes for entry in verify("ledger.jsonl")] == [None, 1]
    assert "The removal of 3 samples, entry 1 of the ledger, was taken back" in (
        (folder / "account" / "report.html").read_text()
    )
    before = contents(folder)
    assert run("--undo", ledger="ledger.jsonl", report="account") == 0  # as after a kill
    assert capsys.readouterr().out.startswith("nothing left to do")
    assert {**contents(folder), Path("new.pt"): b""} == {**before, Path("new.pt"): b""}
    assert run(ledger="ledger.jsonl") == 0  # and they can be removed again
    assert len(verify("ledger.jsonl")) == 3


def test_undo_after_a_run_that_was_killed_before_it_wrote_the_weights(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal is in the ledger, but in no file of weights."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Scrubber, "save", interrupt)
        assert run(ledger="ledger.jsonl") == 130
    assert not (folder / "new.pt").exists()
    assert run("--undo", ledger="ledger.jsonl") == 0
    assert fingerprint(load_weights("new.pt")) == fingerprint(load_weights("old.pt"))
    assert [entry.undoes for entry in verify("ledger.jsonl")] == [None, 1]


@pytest.mark.parametrize(
    ("options", "code", "id"),
    [
        ({"ledger": None}, 2, "missingOption"),
        ({"weights": "new.pt", "output": "newer.pt"}, 4, "undoWeights"),
        ({"forget": "1,2"}, 2, "ledgerUndo"),
        ({"ledger": "other.jsonl"}, 2, "nothingToUndo"),
    ],
    ids=lambda value: None if isinstance(value, (str, int)) else " ".join(value),
)
def test_what_cannot_be_taken_back_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], options, code, id
) -> None:
    assert run(ledger="ledger.jsonl") == 0
    with Ledger("other.jsonl"):
        pass
    before = contents(folder)
    capsys.readouterr()
    assert run("--undo", **{"ledger": "ledger.jsonl", **options}) == code
    assert capsys.readouterr().err.startswith(f"lcodec: error [lcodec:{id}]: ")
    assert contents(folder) == before
    assert run("--undo", "--plan", ledger="ledger.jsonl") == 2


# --- errors ---------------------------------------------------------------------------------------


def test_a_ledger_in_use_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger("ledger.jsonl"):
        before = contents(folder)
        assert run(ledger="ledger.jsonl") == 4
        assert f"process {os.getpid()} holds" in capsys.readouterr().err
        assert contents(folder) == before
    assert run(ledger="ledger.jsonl") == 0


def test_a_ledger_of_other_weights_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ledger="ledger.jsonl", output="elsewhere.pt") == 0
    state = {name: tensor + 1 for name, tensor in load_weights("old.pt").items()}
    save_weights(state, "old.pt")
    assert run(ledger="ledger.jsonl") == 4
    assert "[lcodec:ledgerWeights]" in capsys.readouterr().err
    assert not os.path.exists("new.pt")


def test_who_reads_the_audit_may_leave(folder: Path) -> None:
    """As `head` does: the chain was not checked to its end, and the exit code says so."""
    text, zeros = header(), 64 * "0"
    for number in range(3000):  # more than a pipe holds
        entry = Entry(
            kind="removal", sequence=number + 1, ids=(number,), time=now(), library="0.1.0",
            step=zeros, before=zeros, after=zeros,
        )  # fmt: skip
        text += to_line(entry, hashlib.sha256(text.splitlines()[-1]).hexdigest())
    (folder / "long.jsonl").write_bytes(text)
    command = [sys.executable, "-m", "lcodec", "ledger", "verify", "long.jsonl"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as audit:
        audit.stdout.close()
        said = audit.stderr.read()
    assert (said, audit.returncode) == ("", 141)
