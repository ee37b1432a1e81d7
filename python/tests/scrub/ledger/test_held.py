"""One process, one object and one file write a ledger; copies, forks and others do not."""

import copy
import errno
import fcntl
import gc
import os
import pickle
import shutil
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from lcodec.scrub.ledger import files
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.ledger.removals import Net, commit, filled, raises


def scrubber(path: Path) -> Scrubber:
    torch.manual_seed(0)
    data = torch.randn(30, 4), torch.randint(0, 3, (30,))
    model = torch.nn.Linear(4, 3)
    return Scrubber(model, cross_entropy, data, weight_decay=0.1, select="all", ledger=path)


def forked(act) -> str:
    """Return the id of the error that a forked process gets, "" without one."""
    listen, tell = os.pipe()
    process = os.fork()
    if process == 0:
        said = "crash"
        try:
            act()
            said = ""
        except LcodecError as error:
            said = error.id
        finally:
            os.write(tell, said.encode())
            os._exit(0)
    os.close(tell)
    with os.fdopen(listen) as heard:
        said = heard.read()
    os.waitpid(process, 0)
    return said


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [copy.deepcopy, pickle.dumps])
def test_a_scrubber_with_a_ledger_is_not_copied(path: Path, act) -> None:
    with scrubber(path) as first:
        with raises("ledgerCopy", "stay where it was opened"):
            act(first)
        first.remove([0])
    assert len(verify(path)) == 1


def test_a_shallow_copy_has_the_same_ledger_and_closes_it(path: Path) -> None:
    first = scrubber(path)
    copy.copy(first).close()
    others = [os.open(path.with_name(f"other{n}"), os.O_RDWR | os.O_CREAT) for n in range(3)]
    with raises("ledgerClosed", "open for writing"):
        first.remove([0])
    assert [os.fstat(other).st_size for other in others] == [0, 0, 0]
    for other in others:
        os.close(other)
    for act in (copy.copy, copy.deepcopy, pickle.dumps):
        with raises("ledgerCopy", "copy or pickle"), Ledger(path) as ledger:
            act(ledger)


# --- forks ----------------------------------------------------------------------------------------


def test_a_fork_does_not_write(path: Path) -> None:
    with scrubber(path) as first:
        assert forked(lambda: first.remove([0])) == "lcodec:ledgerLocked"
        first.remove([1])
        assert forked(lambda: first.undo()) == "lcodec:ledgerLocked"
        assert forked(first.close) == ""
        assert forked(lambda: first.save(path.with_name("child.pt"))) == ""
        assert os.listdir(f"{path}.steps") == ["1.pt"]  # the parent has not saved
        assert os.path.exists(f"{path}.lock")
        assert forked(lambda: Ledger(path)) == "lcodec:ledgerLocked"
        first.remove([2])
    assert [entry.ids for entry in verify(path)] == [(1,), (2,)]


def test_a_fork_that_python_does_not_see_leaves_the_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one made by a server in C; its interpreter releases all at the end."""
    ledger = Ledger(path)
    with monkeypatch.context() as patch:
        patch.setattr(files, "_locks", weakref.WeakSet())  # those that are closed after a fork
        assert forked(ledger.close) == ""
        assert os.path.exists(f"{path}.lock")
        assert forked(lambda: commit(ledger, Net(), 1)) == "lcodec:ledgerLocked"
    with raises("ledgerLocked", "this very process"):
        Ledger(path)
    commit(ledger, Net(), 1)
    ledger.close()


def test_a_fork_that_lives_on_keeps_nobody_out(path: Path) -> None:
    """As the workers of a DataLoader do for a while after their parent was killed."""
    ready, go = os.pipe()
    parent = os.fork()
    if parent == 0:
        ledger = Ledger(path)
        commit(ledger, Net(), 1)
        child = os.fork()
        if child == 0:
            os.read(ready, 1)
            os._exit(0)
        os.write(go, str(child).encode())
        os.kill(os.getpid(), 9)
    os.waitpid(parent, 0)
    assert os.path.exists(f"{path}.lock")
    with Ledger(path) as ledger:
        assert len(ledger.entries) == 1
    os.write(go, b"x")


def test_threads_take_turns(path: Path) -> None:
    model, failed = Net(), []
    with Ledger(path) as ledger, ThreadPoolExecutor(4) as pool:

        def act(number: int) -> None:
            try:
                commit(ledger, model, number)
            except LcodecError as error:
                failed.append(error.id)

        list(pool.map(act, range(12)))
    assert len(verify(path)) == 12 - len(failed)
    assert set(failed) <= {"lcodec:ledgerWeights"}


# --- garbage --------------------------------------------------------------------------------------


def test_what_is_garbage_lets_the_ledger_go(path: Path) -> None:
    first = scrubber(path)
    with raises("ledgerLocked", r"process \d+ holds, which is this very process; `close\(\)`"):
        scrubber(path)
    del first
    gc.collect()
    assert os.listdir(path.parent) == [path.name]
    scrubber(path).close()


def test_an_open_handle_is_not_left_behind(path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    path.write_bytes(b"weights")
    for _ in range(5):
        with raises("ledgerFormat", "must be a ledger"):
            Ledger(path)
    path.unlink()
    for _ in range(5):
        Ledger(path).close()
    assert len(os.listdir("/proc/self/fd")) == before


# --- second writers -------------------------------------------------------------------------------


def test_without_the_lock_file_the_ledger_is_still_locked(path: Path) -> None:
    with Ledger(path) as ledger:
        os.unlink(f"{path}.lock")
        with raises("ledgerLocked", "this very process"):
            Ledger(path)
        assert forked(lambda: Ledger(path)) == "lcodec:ledgerLocked"
        commit(ledger, Net(), 1)
    assert len(verify(path)) == 1
    assert sorted(os.listdir(path.parent)) == [path.name, f"{path.name}.steps"]


def test_a_second_name_of_a_ledger_is_the_same_ledger(path: Path) -> None:
    with Ledger(path):
        os.link(path, path.with_name("again.jsonl"))
        with raises("ledgerLocked", "this very process"):
            Ledger(path.with_name("again.jsonl"))
        path.with_name("link.jsonl").symlink_to(path)
        with raises("ledgerLocked", "this very process"):
            Ledger(path.with_name("link.jsonl"))
    assert not list(path.parent.glob("*.lock"))


def test_a_lock_file_of_others_is_not_deleted(path: Path) -> None:
    ledger = Ledger(path)
    os.unlink(f"{path}.lock")
    Path(f"{path}.lock").write_text("mine")
    ledger.close()
    assert Path(f"{path}.lock").read_text() == "mine"


@pytest.mark.parametrize("how", ["replaced", "deleted", "written", "cut"])
def test_a_file_that_changed_while_open_is_not_written(path: Path, how) -> None:
    filled(path, 1)
    (_, model) = filled(path.with_name("other"), 1)
    before = fingerprint(model)
    ledger = Ledger(path)
    if how == "replaced":
        shutil.copy(path, path.with_name("new"))
        os.replace(path.with_name("new"), path)
    elif how == "deleted":
        path.unlink()
    elif how == "written":
        with open(path, "ab") as file:
            file.write(b"by somebody else\n")
    else:
        os.truncate(path, 20)
    found = path.read_bytes() if path.exists() else b""
    with raises("ledgerReplaced", "the file that was opened"):
        commit(ledger, model, 7)
    ledger.close()
    assert fingerprint(model) == before
    assert (path.read_bytes() if path.exists() else b"") == found
    assert os.listdir(f"{path}.steps") == ["1.pt"]


# --- systems without locks ------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch, number
) -> None:
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with raises("writeFailed", f"locked, got: {os.strerror(number)}; have it on a local disk"):
        Ledger(path)
    assert os.listdir(path.parent) == []


def test_a_ledger_needs_fcntl_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with raises("writeFailed", "no fcntl here, as on Windows"):
        Ledger(path)
    assert os.listdir(path.parent) == []


# --- what the ledger needs for itself -------------------------------------------------------------


@pytest.mark.parametrize("name", ["ledger.jsonl", "ledger.jsonl.lock", "ledger.jsonl.steps/9.pt"])
def test_weights_are_not_saved_over_the_ledger(path: Path, name) -> None:
    with scrubber(path) as first:
        first.remove([0])
        with raises("samePath", "ledger"):
            first.save(path.with_name("x") / ".." / name)
        (path.parent / "link").symlink_to(name)
        with raises("samePath", "ledger"):
            first.save(path.parent / "link")
        assert os.listdir(f"{path}.steps") == ["1.pt"]
    assert len(verify(path)) == 1


def test_a_ledger_only_to_be_read_deletes_no_steps(path: Path) -> None:
    filled(path)
    with Ledger(path, read_only=True) as ledger:
        ledger.settle()
    ledger = Ledger(path)
    ledger.close()
    ledger.settle()
    assert len(os.listdir(f"{path}.steps")) == 3
