"""What shows that a ledger was written anew: a key, or the hash of a line kept elsewhere."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from lcodec.scrub import Ledger, Scrubber, read_entries, verify
from lcodec.scrub.ledger import reader
from lcodec.scrub.ledger.chain import KEYED_SEAL, SEAL
from python.tests.scrub.ledger.removals import Net, commit, raises
from python.tests.scrub.perceptron import CROSS_ENTROPY, X, Y, network

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


def keyed(path: Path, key: object = KEY) -> bytes:
    model = Net()
    with Ledger(path, key=key) as ledger:
        for number in (1, 2):
            commit(ledger, model, number)
    return path.read_bytes()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_bytes(KEY)
    file.chmod(0o600)
    return file


# --- a key ----------------------------------------------------------------------------------------


def test_a_keyed_ledger_is_read_and_goes_on_with_its_key_alone(path: Path, key_file) -> None:
    text = keyed(path, key_file)
    assert [entry.ids for entry in verify(path, key=KEY)] == [(1,), (2,)]
    assert verify(path, key=str(key_file)) == tuple(read_entries(path, key=key_file))
    for given, got in ((None, "got no key"), (OTHER, "got the key `")):
        for read in (
            lambda key=given: verify(path, key=key),
            lambda key=given: Ledger(path, key=key),
        ):
            with raises("ledgerKey", f"must be opened with its key .*{got}"):
                read()
    assert path.read_bytes() == text
    assert not os.path.exists(f"{path}.lock")
    with Ledger(path, key=key_file) as ledger:
        assert ledger.removed == {1, 2}
        assert ledger.anchor == sha256(text.splitlines()[-1]).hexdigest()
    with Ledger(path, key=KEY, read_only=True) as ledger:
        assert ledger.removed == {1, 2}


def test_a_ledger_without_a_key_does_not_pass_for_one_with(path: Path) -> None:
    commit(Ledger(path), Net(), 1)
    for read in (verify, lambda path, key: Ledger(path, key=key, read_only=True)):
        with raises("ledgerKey", "must be sealed with the key, got a ledger without one"):
            read(path, key=KEY)


def test_who_has_no_key_cannot_forge_a_line(path: Path) -> None:
    """Edits, sealed as well as it goes without the key: plainly, by another key, or not anew."""
    text = keyed(path)
    head, first, second = text.splitlines()
    body = first.rpartition(KEYED_SEAL)[0].replace(b'"ids":[1]', b'"ids":[5]')
    plain = body + SEAL + sha256(body).hexdigest().encode() + b'"}'
    fake = body + KEYED_SEAL + sha256(body).hexdigest().encode() + b'"}'
    for line in (plain, fake, body + KEYED_SEAL + first.rpartition(KEYED_SEAL)[2]):
        path.write_bytes(b"\n".join([head, line, second, b""]))
        with raises("ledgerChain", "line 2 of .* as it was written"):
            verify(path, key=KEY)
    path.write_bytes(
        b"\n".join([head.replace(b"lcodec-ledger", b"lcodec-ledgex"), first, second, b""])
    )
    with raises("ledgerFormat", "must be a ledger"):
        verify(path, key=KEY)
    path.write_bytes(
        b"\n".join([head.replace(b'"library":"0', b'"library":"9'), first, second, b""])
    )
    with raises("ledgerChain", "line 1 of .* as it was written"):
        verify(path, key=KEY)
    path.write_bytes(b"\n".join([head, second, b""]))
    with raises("ledgerChain", "line 2 of .* the one after the line before"):
        verify(path, key=KEY)


def test_a_torn_last_line_of_a_keyed_ledger_is_cut_off(path: Path) -> None:
    text = keyed(path)
    path.write_bytes(text[:-40])
    assert [entry.ids for entry in verify(path, key=KEY)] == [(1,)]
    path.write_bytes(text[:-1])
    assert [entry.ids for entry in verify(path, key=KEY)] == [(1,), (2,)]
    Ledger(path, key=KEY).close()
    assert path.read_bytes() == text


@pytest.mark.parametrize(
    ("content", "mode", "match"),
    [
        (bytes(31), 0o600, "32 to 4096 bytes long .* got 31 bytes"),
        (bytes(5000), 0o600, "32 to 4096 bytes long .* got more bytes"),
        (KEY, 0o644, "a secret .*chmod 600.* got mode 0644"),
        (KEY, 0o602, "a secret .* got mode 0602"),
        (None, 0o600, "a file, got .*: No such file"),
    ],
)
def test_what_is_no_key_is_refused(path: Path, key_file: Path, content, mode, match) -> None:
    key_file.unlink()
    if content is not None:
        key_file.write_bytes(content)
        key_file.chmod(mode)
    with raises("keyFile", f"`key` must be {match}"):
        Ledger(path, key=key_file)
    assert not path.exists()
    assert not os.path.exists(f"{path}.lock")


def test_a_key_that_is_no_file_is_refused_without_waiting(path: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for place in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with raises("keyFile", "`key` must be a"):
            Ledger(path, key=place)
    with raises("optionType", "path of a key file or bytes, got int"):
        Ledger(path, key=5)


def test_the_scrubber_seals_with_its_key_and_tells_nobody(path: Path, key_file: Path) -> None:
    data = (X, Y)
    options = {"select": "all", "weight_decay": 0.1}
    with Scrubber(
        network(), CROSS_ENTROPY, data, ledger=path, ledger_key=key_file, **options
    ) as scrubber:
        report = scrubber.remove([3])
    (entry,) = verify(path, key=KEY)
    assert entry.ids == (3,)
    told = f"{report} {report.to_dict()} {entry} {vars(scrubber)} {path.read_text()}"
    for form in (KEY.hex(), repr(KEY), repr(KEY)[2:-1], str(key_file)):
        assert form not in told
    with raises("ledgerKey", "opened with its key"):
        Scrubber(network(), CROSS_ENTROPY, data, ledger=path, **options)
    with raises("keyFile", "`ledger_key` must be 32"):
        Scrubber(network(), CROSS_ENTROPY, data, ledger=path, ledger_key=b"short", **options)
    for ledger in (None, Ledger(path, key=KEY)):
        with raises("missingOption", "`ledger` must be given as a path for `ledger_key`"):
            Scrubber(network(), CROSS_ENTROPY, data, ledger=ledger, ledger_key=KEY, **options)


# --- a hash kept elsewhere ------------------------------------------------------------------------


def test_a_hash_kept_elsewhere_shows_what_was_cut_off_or_written_anew(path: Path) -> None:
    model = Net()
    with Ledger(path) as ledger:
        begun = ledger.anchor
        commit(ledger, model, 1)
        noted = ledger.anchor
        commit(ledger, model, 2)
    text = path.read_bytes()
    for anchor in (begun, noted, noted.upper(), sha256(text.splitlines()[-1]).hexdigest()):
        assert len(verify(path, contains=anchor)) == 2
    path.write_bytes(b"".join(text.splitlines(keepends=True)[:1]))
    assert verify(path) == ()  # the chain alone does not show it
    with raises("ledgerAnchor", f"must contain the line with SHA-256 {noted}"):
        verify(path, contains=noted)
    path.unlink()
    commit(Ledger(path), Net(), 5)
    assert len(verify(path)) == 1
    with raises("ledgerAnchor", "it was written anew"):
        verify(path, contains=noted)
    with raises("optionValue", "`contains` must be the SHA-256 of a line"):
        verify(path, contains="latest")


# --- entries one by one ---------------------------------------------------------------------------


def test_entries_come_one_by_one_until_the_line_that_is_bad(path: Path) -> None:
    model = Net()
    with Ledger(path) as ledger:
        for number in range(3):
            commit(ledger, model, number)
    path.write_bytes(path.read_bytes().replace(b'"ids":[2]', b'"ids":[7]'))
    entries = read_entries(path)
    assert [next(entries).ids, next(entries).ids] == [(0,), (1,)]
    with raises("ledgerChain", "line 4"):
        next(entries)


def test_a_line_longer_than_any_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyed(path)
    monkeypatch.setattr(reader, "LONGEST", 500)
    with raises("ledgerChain", "line 2 of .* must be at most 500 bytes long"):
        verify(path, key=KEY)


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with raises("ledgerFile", "must be a readable file"):
        verify(tmp_path)


def test_docstring_examples() -> None:
    import doctest

    assert doctest.testmod(reader).failed == 0
