import errno
import fcntl
import hashlib
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.ledger import weights as module
from lcodec.scrub.ledger.files import write_atomically
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.rights import Rights
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from python.tests.scrub.ledger.removals import Net, commit
from python.tests.scrub.networks import fill, normal

DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.bool]
SUFFIXES = [".pt", ".pth", ".bin", ".safetensors", ""]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("count", torch.tensor(3))


def state():
    return {f"x.{dtype}": normal(2, 3).to(dtype) for dtype in DTYPES} | {"none": torch.ones(0)}


def same(one, other):
    return one.keys() == other.keys() and all(
        one[k].dtype == other[k].dtype and torch.equal(one[k], other[k]) for k in one
    )


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_come_back_as_they_were(tmp_path: Path, suffix) -> None:
    path = tmp_path / f"weights{suffix}"
    save_weights(state(), path)
    assert same(load_weights(path), state())
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_tied_and_strided_weights_load_into_the_model_they_came_from(
    tmp_path: Path, suffix
) -> None:
    model = fill(Tied())
    with torch.no_grad():  # not contiguous, as with channels_last
        model.first.weight.data = model.first.weight.data.T.contiguous().T
    path = tmp_path / f"weights{suffix}"
    save_weights(model.state_dict(), path)
    copy = Tied().double()
    copy.load_state_dict(load_weights(path))
    assert fingerprint(copy) == fingerprint(model)
    assert copy.first.weight is copy.second.weight


def test_a_torch_file_of_one_format_is_not_read_as_the_other(tmp_path: Path) -> None:
    save_weights(state(), tmp_path / "weights.pt")
    os.rename(tmp_path / "weights.pt", tmp_path / "weights.safetensors")
    with pytest.raises(LcodecError, match=r"must be a state dict written by") as error:
        load_weights(tmp_path / "weights.safetensors")
    assert error.value.id == "lcodec:weightsFormat"


# --- what is no state dict ------------------------------------------------------------------------


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_loading_runs_no_code(tmp_path: Path) -> None:
    torch.save({"weight": Harmful(tmp_path / "harm")}, tmp_path / "weights.pt")
    with pytest.raises(LcodecError, match="readable without running code"):
        load_weights(tmp_path / "weights.pt")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ([torch.ones(1)], "got list"),
        (torch.ones(1), "got Tensor"),
        ({"model": {"weight": torch.ones(1)}, "epoch": 3}, "got dict under 'model'"),
        ({3: torch.ones(1)}, "got Tensor under 3"),
    ],
)
def test_files_of_something_else_are_refused(tmp_path: Path, value, got) -> None:
    torch.save(value, tmp_path / "weights.pt")
    with pytest.raises(LcodecError, match=got) as error:
        load_weights(tmp_path / "weights.pt")
    assert error.value.id == "lcodec:weightsFormat"


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(LcodecError, match=r"got no file `.*weights\.pt`") as error:
        load_weights(tmp_path / "weights.pt")
    assert error.value.id == "lcodec:weightsFile"
    save_weights(state(), tmp_path / "weights.pt")
    whole = (tmp_path / "weights.pt").read_bytes()
    (tmp_path / "weights.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LcodecError, match=r"`.*weights\.pt` must be a state dict"):
        load_weights(tmp_path / "weights.pt")


def test_only_tensors_are_saved(tmp_path: Path) -> None:
    with pytest.raises(LcodecError, match="got int under 'epoch'"):
        save_weights({"epoch": 3}, tmp_path / "weights.pt")
    assert os.listdir(tmp_path) == []


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


def test_the_mode_is_kept_and_a_link_followed(tmp_path: Path) -> None:
    (tmp_path / "real.pt").touch(mode=0o640)
    (tmp_path / "link.pt").symlink_to("real.pt")
    save_weights(state(), tmp_path / "link.pt")
    assert (tmp_path / "link.pt").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.pt").stat().st_mode) == 0o640
    assert same(load_weights(tmp_path / "real.pt"), state())


@pytest.fixture
def no_umask(monkeypatch: pytest.MonkeyPatch):
    """Other threads make files meanwhile, so the umask of the process is never changed."""
    before = os.umask(0o022)
    real = os.umask
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was changed"))
    yield
    real(before)


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        (0o600, None, 0o600),
        (0o640, None, 0o640),
        (0o666, None, 0o644),  # less the umask
        (0o444, None, 0o644),
        (0o400, None, 0o600),
        (None, None, 0o644),
        (0o600, 0o644, 0o600),
        (0o644, 0o600, 0o600),
        (0o664, 0o646, 0o644),
        (None, 0o666, 0o666),
        (None, 0o400, 0o400),
    ],
)
@pytest.mark.usefixtures("no_umask")
def test_nobody_reads_a_file_who_may_not_read_its_source(tmp_path: Path, source, old, new) -> None:
    like = None
    for name, mode in (("like", source), ("new.pt", old)):
        if mode is not None:
            (tmp_path / name).touch()
            (tmp_path / name).chmod(mode)
            like = tmp_path / "like" if source is not None else None
    save_weights(state(), tmp_path / "new.pt", like=like)
    assert oct(stat.S_IMODE((tmp_path / "new.pt").stat().st_mode)) == oct(new)


def test_of_many_sources_the_narrowest_counts(tmp_path: Path) -> None:
    for name, mode in (("one", 0o640), ("two", 0o604), ("three", 0o666)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    for names in (("one", "two"), ("two", "one"), ("three", "one", "two", "three")):
        assert oct(Rights.like(*(tmp_path / name for name in names)).mode) == oct(0o600)


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LcodecError, match="`like` must be a file that is there"):
        save_weights(state(), tmp_path / "new.pt", like=tmp_path / "like")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_that_root_writes_keep_their_owner(tmp_path: Path) -> None:
    (tmp_path / "old.pt").touch(mode=0o640)
    os.chown(tmp_path / "old.pt", 1234, 2345)
    save_weights(state(), tmp_path / "old.pt")
    save_weights(state(), tmp_path / "new.pt", like=tmp_path / "old.pt")
    for name in ("old.pt", "new.pt"):
        found = (tmp_path / name).stat()
        assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o640)
    with Ledger(tmp_path / "ledger.jsonl", like=tmp_path / "old.pt") as ledger:
        commit(ledger, Net(), 1)
        for path in [*tmp_path.glob("ledger.jsonl*"), *tmp_path.glob("*/1.pt")]:
            assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345), path


def test_in_another_group_the_group_may_do_no_more_than_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fchown(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchown", fchown)
    stranger = Rights(0o660, (os.getuid(), os.getgid() + 1))
    write_atomically(tmp_path / "new", b"", stranger)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


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


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_weights(state(), tmp_path / "weights.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    for call in (load_weights, lambda path: save_weights(state(), path)):
        with pytest.raises(LcodecError, match="`safetensors` must be installed") as error:
            call(tmp_path / "weights.safetensors")
        assert error.value.id == "lcodec:noSafetensors"


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    save_weights(state(), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        LcodecError, match=r"`.*nowhere/weights\.pt` must be writable, got: No such"
    ):
        save_weights(state(), tmp_path / "nowhere" / "weights.pt")


# --- fingerprints ---------------------------------------------------------------------------------


def test_fingerprint_is_the_hash_of_names_types_shapes_and_bytes() -> None:
    expected = hashlib.sha256()
    expected.update(
        b'["a", "torch.float32", [1, 2]]' + torch.tensor([[1.0, 2.0]]).numpy().tobytes()
    )
    expected.update(b'["b", "torch.bool", []]' + b"\x01")
    found = fingerprint({"b": torch.tensor(True), "a": torch.tensor([[1.0, 2.0]])})
    assert found == expected.hexdigest()


def test_fingerprint_is_of_the_values_not_of_their_layout() -> None:
    model = fill(nn.Conv2d(3, 4, 3))
    other = fill(nn.Conv2d(3, 4, 3)).to(memory_format=torch.channels_last)
    assert fingerprint(model) == fingerprint(other) == fingerprint(model.state_dict())


@given(st.sampled_from(["first.weight", "first.bias", "second.bias", "count"]), st.data())
def test_fingerprint_sees_every_bit(name, data) -> None:
    model = fill(Tied())
    before = fingerprint(model)
    tensor = dict([*model.named_parameters(), *model.named_buffers()])[name]
    bits = tensor.detach().view(-1).view(torch.uint8)
    bits[data.draw(st.integers(0, len(bits) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert fingerprint(model) != before


@pytest.mark.parametrize(
    "other",
    [
        {"b": torch.zeros(4)},
        {"a": torch.zeros(2, 2)},
        {"a": torch.zeros(4, dtype=torch.int32)},
        {"a": -torch.zeros(4)},
        {"a": torch.zeros(4), "b": torch.zeros(0)},
    ],
    ids=["name", "shape", "dtype", "sign of zero", "one more"],
)
def test_fingerprint_tells_apart(other) -> None:
    assert fingerprint({"a": torch.zeros(4)}) != fingerprint(other)


def test_fingerprint_with_values_to_come_is_that_of_the_changed_model() -> None:
    model = fill(Tied())
    values = {"first.weight": normal(3, 3, seed=5)}
    expected = fingerprint(model, values)
    assert expected != fingerprint(model)
    with torch.no_grad():
        model.first.weight.copy_(values["first.weight"])
    assert fingerprint(model) == expected


def test_docstring_examples() -> None:
    import doctest

    assert doctest.testmod(module).failed == 0
