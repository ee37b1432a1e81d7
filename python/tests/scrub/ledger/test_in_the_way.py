"""Files and links of others where a ledger or its lock would be: they are left alone."""

import os
from pathlib import Path

import pytest

from lcodec.scrub.ledger.ledger import Ledger
from python.tests.scrub.ledger.removals import raises

# --- links and other files in the way -------------------------------------------------------------


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_notes_under_the_name_of_the_lock_are_kept(path: Path, link) -> None:
    notes = path.with_name("notes")
    notes.write_text("17 people")
    link(notes, f"{path}.lock")
    with raises("writeFailed", r"\.lock` must be free for the lock, got a .*move it away"):
        Ledger(path)
    assert notes.read_text() == "17 people"
    assert sorted(os.listdir(path.parent)) == ["ledger.jsonl.lock", "notes"]


@pytest.mark.parametrize("text", ["17 people", "17\n18\n", "\n\n"])
def test_a_file_under_the_name_of_the_lock_is_kept(path: Path, text) -> None:
    Path(f"{path}.lock").write_text(text)
    with raises("writeFailed", "a file of something else"):
        Ledger(path)
    assert Path(f"{path}.lock").read_text() == text
    assert not path.exists()


def test_a_hard_link_of_digits_is_no_lock(path: Path) -> None:
    path.with_name("count").write_text("17\n")
    os.link(path.with_name("count"), f"{path}.lock")
    with raises("writeFailed", "a file of something else"):
        Ledger(path)
    assert path.with_name("count").read_text() == "17\n"


@pytest.mark.parametrize(
    ("make", "got"), [(os.mkdir, "a folder"), (os.mkfifo, "a file of something else")]
)
def test_no_lock_in_a_folder_or_a_fifo(path: Path, make, got) -> None:
    make(f"{path}.lock")
    with raises("writeFailed", f"must be free for the lock, got {got}"):
        Ledger(path)
    assert os.listdir(path.parent) == ["ledger.jsonl.lock"]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_ledger_is_a_file(path: Path, make) -> None:
    make(path)
    for read_only in (False, True):
        with raises("writeFailed", "`ledger` must be a regular file or a new one, got"):
            Ledger(path, read_only=read_only)
    assert os.listdir(path.parent) == [path.name]
