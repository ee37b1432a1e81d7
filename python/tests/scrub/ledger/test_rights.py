"""Who may read a new file, and whose it is."""

import errno
import os
import stat
from pathlib import Path

import pytest

from lcodec import LcodecError
from lcodec.scrub.ledger.files import write_atomically
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.rights import Rights
from lcodec.scrub.ledger.weights import load_weights, save_weights
from python.tests.scrub.ledger.removals import Net, commit, same, state


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
