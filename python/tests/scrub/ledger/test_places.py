"""Where a file may go, and which names are one file."""

import os
import stat
from pathlib import Path

import pytest

from lcodec.scrub.ledger.places import Place, apart, ledger_places, real_file
from python.tests.scrub.ledger.removals import raises


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("", "an empty name"),
        (".", "a folder"),
        ("folder", "a folder"),
        ("new/", "a folder"),
        ("file/", "a folder"),
        ("fifo", "a FIFO"),
        ("to fifo", "a FIFO"),
        ("/dev/null", "a device"),
        ("round", "Too many levels"),
        ("a\0b", "null byte"),
        ("x" * 300, "File name too long"),
        (".model.pt.0af3.partial", "unfinished"),
    ],
)
def test_only_a_file_or_nothing_may_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name, got
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkdir("folder")
    Path("file").touch()
    os.mkfifo("fifo")
    os.symlink("fifo", "to fifo")
    os.symlink("round", "round")
    with raises("writeFailed", got):
        real_file(name)


def test_links_are_followed_and_bytes_are_paths(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "hanging").symlink_to("new")
    assert real_file(os.fsencode(tmp_path / "link")) == tmp_path / "file"
    assert real_file(tmp_path / "hanging") == tmp_path / "new"
    with raises("optionType", "got int"):
        real_file(3)


# --- one file by two names ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file with a link of each kind, and a folder with one."""
    (tmp_path / "old").touch()
    os.link(tmp_path / "old", tmp_path / "hard")
    (tmp_path / "sub").mkdir()
    (tmp_path / "door").symlink_to("sub")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("new", "new", True),
        ("new", "sub/../new", True),
        ("old", "hard", True),
        ("sub/new", "door/new", True),
        ("new", "New", True),  # on some file systems
        ("caf\u00e9", "cafe\u0301", True),
        ("new", "other", False),
        ("old", "Old", False),  # not on this one, as it has only one of them
        ("new", "sub/new", False),
        ("old", "new", False),
    ],
)
def test_two_names_of_one_file_are_told(folder: Path, one, other, same) -> None:
    places = [
        Place("`--one`", real_file(folder / one)),
        Place("`--two`", real_file(folder / other)),
    ]
    for written, read in ((places, []), (places[:1], places[1:])):
        if same:
            with raises("samePath", "`--one` and `--two` must be different"):
                apart(written, read)
        else:
            apart(written, read)
    apart([], places)


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (("a", "own"), ("a/1.pt", "file"), True),
        (("a", "own"), ("a/b/new", "shared"), True),
        (("a", "file"), ("a/b", "shared"), True),
        (("a", "shared"), ("a", "file"), True),
        (("a", "shared"), ("a/new.pt", "file"), False),
        (("a", "shared"), ("a/l.steps", "own"), False),
        (("a", "own"), ("ab", "file"), False),
    ],
)
def test_a_file_in_a_folder_of_something_else_is_told(tmp_path: Path, one, other, clash) -> None:
    places = [Place(name, tmp_path / name, kind) for name, kind in (one, other)]
    for order in (places, places[::-1]):
        if clash:
            with raises("samePath", "must be different"):
                apart(order)
        else:
            apart(order)


def test_a_ledger_needs_three_places(path: Path) -> None:
    apart(ledger_places(path, "`ledger`"))
    for name in ("ledger.jsonl.lock", "ledger.jsonl.steps", "ledger.jsonl.steps/7.pt"):
        with raises("samePath", "of `ledger`"):
            apart([Place("`path`", path.parent / name), *ledger_places(path, "`ledger`")])


def test_a_device_stays_one(tmp_path: Path) -> None:
    from lcodec.scrub.ledger.weights import save_weights

    try:
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        os.mkfifo(tmp_path / "null")
    before = os.stat(tmp_path / "null")
    with raises("writeFailed", "got `.*null`, a (device|FIFO)"):
        save_weights({}, tmp_path / "null")
    assert os.stat(tmp_path / "null").st_mode == before.st_mode
    assert os.listdir(tmp_path) == ["null"]
