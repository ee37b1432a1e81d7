"""A file is the old one or the new one, whatever happens, also to other writers."""

import errno
import fcntl
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from lcodec import LcodecError
from lcodec.scrub.ledger.files import write_atomically
from lcodec.scrub.ledger.weights import load_weights, save_weights
from python.tests.scrub.ledger.removals import same, state

# --- the old file or the new one ------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod"])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix, call
) -> None:
    path = tmp_path / f"weights{suffix}"
    save_weights({"weight": torch.ones(3)}, path)
    old = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(LcodecError, match="must be writable, got: No space left") as error:
        save_weights(state(), path)
    assert error.value.id == "lcodec:writeFailed"
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


def test_an_interruption_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.pt"
    save_weights({"weight": torch.ones(3)}, path)
    old = path.read_bytes()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_weights(state(), path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


def test_the_new_file_is_on_the_disk_before_it_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    for name in ("write", "fsync", "replace"):
        real = getattr(os, name)

        def noted(*arguments, name=name, real=real):
            calls.append(name)
            return real(*arguments)

        monkeypatch.setattr(os, name, noted)
    save_weights(state(), tmp_path / "weights.pt")
    assert calls == ["write", "fsync", "replace", "fsync"]


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:7]))
    write_atomically(tmp_path / "file", bytes(range(100)))
    assert (tmp_path / "file").read_bytes() == bytes(range(100))


# --- writing at the same time, and without locks --------------------------------------------------


def test_threads_that_write_the_same_file_do_not_sweep_each_other_away(tmp_path: Path) -> None:
    path, texts = tmp_path / "file", [bytes([number]) * 2000 for number in range(4)]

    def act(text):
        for _ in range(50):
            write_atomically(path, text)
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(act, texts)) == [True] * 4
    assert path.read_bytes() in texts
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_was_swept_before_it_was_locked_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process finds the file in the moment before the lock."""
    real, swept = fcntl.flock, []

    def flock(handle, kind):
        if len(swept) < 2:
            (found,) = tmp_path.glob(".file.*.partial")
            swept.append(found)
            found.unlink()
            if len(swept) == 2:  # and still has it
                raise BlockingIOError
        return real(handle, kind)

    monkeypatch.setattr(fcntl, "flock", flock)
    write_atomically(tmp_path / "file", b"text")
    assert len(swept) == 2
    assert (tmp_path / "file").read_bytes() == b"text"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_is_not_swept_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.replace, []

    def replace(old, new):
        seen.append(old)
        if len(seen) == 1:  # meanwhile
            write_atomically(tmp_path / "file", b"by another")
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    write_atomically(tmp_path / "file", b"text")
    assert (tmp_path / "file").read_bytes() == b"text"


@pytest.mark.parametrize("lacking", ["flock fails", "fcntl", "all that Windows lacks"])
def test_a_system_without_locks_saves_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking
) -> None:
    save_weights({"weight": torch.ones(3)}, tmp_path / "weights.pt")
    (tmp_path / ".weights.pt.abc.partial").touch()  # nobody knows whether it is being written
    if lacking == "flock fails":

        def flock(*_):
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr(fcntl, "flock", flock)
    else:
        monkeypatch.setitem(sys.modules, "fcntl", None)
    if lacking == "all that Windows lacks":
        for name in ("fchmod", "fchown", "geteuid", "O_DIRECTORY"):
            monkeypatch.delattr(os, name)
        real = os.replace

        def replace(old, new):
            assert os.fspath(old) not in map(os.path.realpath, Path("/proc/self/fd").iterdir())
            real(old, new)

        monkeypatch.setattr(os, "replace", replace)
    save_weights(state(), tmp_path / "weights.pt")
    assert same(load_weights(tmp_path / "weights.pt"), state())
    assert sorted(os.listdir(tmp_path)) == [".weights.pt.abc.partial", "weights.pt"]


def test_unfinished_files_of_a_longer_name_are_not_swept(tmp_path: Path) -> None:
    for name in (".weights.pt.abc.partial", ".weights.partial"):
        (tmp_path / name).touch()
    (tmp_path / ".weights.abc.partial").symlink_to("nowhere")
    (tmp_path / ".weights.abd.partial").mkdir()
    os.mkfifo(tmp_path / ".weights.abe.partial")
    before = sorted(os.listdir(tmp_path))
    write_atomically(tmp_path / "weights", b"text")
    assert sorted(os.listdir(tmp_path)) == [*before, "weights"]


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_what_is_no_file_is_refused_before_the_work(tmp_path: Path, suffix) -> None:
    os.mkfifo(tmp_path / f"fifo{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    before = sorted(os.listdir(tmp_path))
    for name in (f"fifo{suffix}", f"folder{suffix}", ""):
        with pytest.raises(LcodecError, match="`path` must") as error:
            save_weights(state(), tmp_path / name if name else "")
        assert error.value.id == "lcodec:writeFailed"
    assert sorted(os.listdir(tmp_path)) == before


def test_what_killed_processes_left_beside_the_file_is_swept_away(tmp_path: Path) -> None:
    for name in (".weights.pt.abc.partial", ".other.pt.abc.partial", ".weights.pt.live.partial"):
        (tmp_path / name).touch()
    live = os.open(tmp_path / ".weights.pt.live.partial", os.O_RDWR)
    fcntl.flock(live, fcntl.LOCK_EX)  # being written
    save_weights(state(), tmp_path / "weights.pt")
    os.close(live)
    left = [".other.pt.abc.partial", ".weights.pt.live.partial", "weights.pt"]
    assert sorted(os.listdir(tmp_path)) == left


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    save_weights(state(), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        LcodecError, match=r"`.*nowhere/weights\.pt` must be writable, got: No such"
    ):
        save_weights(state(), tmp_path / "nowhere" / "weights.pt")
