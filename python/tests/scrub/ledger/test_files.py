"""Disks that fail, and the lock."""

import errno
import fcntl
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from lcodec.scrub.ledger import files
from lcodec.scrub.ledger.files import Lock
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.ledger.removals import commit, filled, raises


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_failing_disk_leaves_ledger_and_weights(
    path: Path, monkeypatch: pytest.MonkeyPatch, call, at
) -> None:
    (*_, model) = filled(path, 1)
    ledger = Ledger(path)
    before, text, real, calls = fingerprint(model), path.read_bytes(), getattr(os, call), []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) > at:
            if call == "write":  # a part of it still fits
                real(arguments[0], arguments[1][:5])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        failed = at < {"write": 2, "fsync": 4, "replace": 1}[call]
        with raises("writeFailed", "No space left") if failed else nullcontext():
            commit(ledger, model, 5)
    if failed:
        assert fingerprint(model) == before
        assert path.read_bytes() == text
        assert os.listdir(f"{path}.steps") == ["1.pt"]
        commit(ledger, model, 5)
    ledger.close()
    assert [entry.ids for entry in verify(path)] == [(0, "name 0"), (5,)]


def test_a_second_user_is_told_who_has_the_ledger(path: Path) -> None:
    with Ledger(path):
        with raises("ledgerLocked", f"process {os.getpid()} holds"):
            Ledger(path)
        assert verify(path) == ()
    with Ledger(path):
        pass
    assert os.listdir(path.parent) == [path.name]


def test_the_lock_is_between_processes_and_ends_with_them(path: Path) -> None:
    code = (
        "import sys, lcodec.scrub.ledger.files as durable\n"
        f"lock = durable.Lock({str(path)!r})\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout.readline() == b"locked\n"
        with raises("ledgerLocked", f"process {child.pid} holds"):
            Ledger(path)
        assert not path.exists()
        child.kill()
        child.wait()
        assert os.path.exists(f"{path}.lock")
        with Ledger(path) as ledger:
            assert ledger.entries == ()


def test_a_lock_on_a_file_that_was_just_deleted_is_not_taken_for_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = fcntl.flock, []

    def flock(handle, kind):
        if not calls:  # the holder ends after the file was opened, and deletes it
            os.unlink(f"{path}.lock")
        calls.append(handle)
        real(handle, kind)

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = Lock(path)
    with raises("ledgerLocked", f"process {os.getpid()}"):
        Lock(path)
    lock.release()
    assert len(calls) == 3


def test_a_full_disk_for_the_lock_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with raises("writeFailed", r"ledger\.jsonl\.lock` must be writable, got: No space left"):
            Ledger(path)
    assert os.listdir(path.parent) == []


def test_a_ledger_only_to_be_read_is_not_locked_and_not_written(path: Path) -> None:
    states = filled(path)
    path.write_bytes(path.read_bytes() + b'{"torn')
    before = path.read_bytes()
    with Ledger(path.with_name("other"), read_only=True) as other:
        assert other.entries == ()
    with Ledger(path, read_only=True) as ledger, Ledger(path, read_only=True):
        assert ledger.removed == {0, 1, 2, "name 0", "name 1", "name 2"}
        assert ledger.replay(states[1]) == 2
        assert fingerprint(states[1]) == fingerprint(states[3])
        with raises("ledgerClosed", "open for writing"):
            commit(ledger, states[3], 9)
        assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == ["ledger.jsonl", "ledger.jsonl.steps"]


def test_what_a_killed_process_left_among_the_steps_is_swept_away(path: Path) -> None:
    filled(path, 1)
    steps = path.with_name("ledger.jsonl.steps")
    for name in ("2.pt", ".2.pt.abc.partial", "notes.txt"):
        (steps / name).touch()
    Ledger(path).close()
    assert sorted(os.listdir(steps)) == ["1.pt", "notes.txt"]


def test_no_sweep_takes_a_file_that_is_about_to_replace_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(source, target):
        files._sweep(path)  # as another process does that writes the same file
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    for text in (b"one", b"another"):
        files.write_atomically(path, text)
        assert path.read_bytes() == text
    assert os.listdir(path.parent) == [path.name]
