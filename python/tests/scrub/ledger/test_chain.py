"""Every edit of the file is found."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcodec import LcodecError
from lcodec.scrub.ledger.chain import Standing, to_line
from lcodec.scrub.ledger.entry import Entry, undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.steps import apply_step, difference
from python.tests.scrub.ledger.removals import Net, commit, filled, moved, raises, removal


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    filled(path)
    return path.read_bytes(), verify(path)


def audit(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("edited", numbered=True) / "ledger.jsonl"
    path.write_bytes(data)
    return verify(path)


@given(st.data())
def test_every_edit_of_a_byte_is_found(
    tmp_path_factory: pytest.TempPathFactory, lines, data
) -> None:
    text, entries = lines
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != text[at]))
    edited = text[:at] + bytes([byte]) + text[at + 1 :]
    if at == len(text) - 1:  # no line feed at the end: a torn line
        assert audit(tmp_path_factory, edited) == entries[:-1]
    else:
        with pytest.raises(LcodecError, match="must be") as error:
            audit(tmp_path_factory, edited)
        assert error.value.id in ("lcodec:ledgerChain", "lcodec:ledgerFormat")


@given(st.permutations(range(4)), st.integers(1, 4))
def test_lines_that_are_moved_or_left_out_are_found(
    tmp_path_factory: pytest.TempPathFactory, lines, order, keep
) -> None:
    text, entries = lines
    split = text.splitlines(keepends=True)
    edited = b"".join(split[one] for one in order[:keep])
    if order[:keep] == list(range(keep)):
        assert audit(tmp_path_factory, edited) == entries[: keep - 1]
    else:
        with pytest.raises(LcodecError, match="must be"):
            audit(tmp_path_factory, edited)


@given(st.data())
@settings(max_examples=60)
def test_a_torn_last_line_is_cut_off_and_the_rest_goes_on(
    tmp_path_factory: pytest.TempPathFactory, lines, data
) -> None:
    text, entries = lines
    end = data.draw(st.integers(text.index(b"\n") + 1, len(text)))
    ends = [at + 1 for at, byte in enumerate(text) if byte == ord("\n")]
    whole = sum(at <= end for at in ends) - 1
    whole += end + 1 in ends  # only the line feed is missing
    path = tmp_path_factory.mktemp("torn", numbered=True) / "ledger.jsonl"
    path.write_bytes(text[:end])
    assert verify(path) == entries[:whole]
    assert path.read_bytes() == text[:end]
    model = Net()
    with Ledger(path) as ledger:
        assert ledger.entries == entries[:whole]
        for number in range(whole):
            replaced = moved(model, number + 1)
            change = difference(model.state_dict(), replaced)
            apply_step(dict(model.named_parameters()), change.forward)
        commit(ledger, model, 99)
    assert len(verify(path)) == whole + 1


def test_the_message_names_the_line(path: Path) -> None:
    filled(path)
    text = path.read_text()
    path.write_text(text.replace("name 1", "name 7"))
    with raises("ledgerChain", "line 3 of .* must be as it was written"):
        Ledger(path)
    path.write_text("".join(text.splitlines(keepends=True)[:2] + text.splitlines(True)[3:]))
    with raises("ledgerChain", "line 3 of .* must be the one after the line before"):
        Ledger(path)


def rewritten(path: Path, change: Callable[[Entry], Entry]) -> None:
    """Write the last entry of a ledger as another one, sealed and tied as it should be."""
    *before, _ = path.read_bytes().splitlines(keepends=True)
    entry = change(verify(path)[-1])
    line = to_line(entry, sha256(before[-1].rstrip(b"\n")).hexdigest())
    path.write_bytes(b"".join([*before, line]))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"sequence": 3}, "entry 2, got entry 3"),
        ({"sequence": 1}, "entry 2, got entry 1"),
        ({"ids": (0,)}, "an entry that can come here, got .* 0 again"),
        ({"before": "0" * 64}, "an entry that can come here, got weights must be those after"),
        ({"composed": {"epsilon": 0.5, "delta": 0.0}}, "with the sum .* as `composed`"),
    ],
)
def test_an_entry_that_is_sealed_well_but_cannot_come_here_is_found(
    path: Path, change: dict[str, object], match: str
) -> None:
    filled(path, 2)
    rewritten(path, lambda entry: entry)
    assert len(verify(path)) == 2
    rewritten(path, lambda entry: replace(entry, **change))
    with raises("ledgerChain", f"line 3 of .* must be {match}"):
        verify(path)


def test_an_undo_gives_back_ids_and_samples() -> None:
    first = removal(1, "a", sequence=1, samples=("0" * 64,))
    other = removal(2, sequence=2, samples=("1" * 64,))
    standing = Standing().with_entry(first).with_entry(other)
    with raises("alreadyRemoved", "got '0000"):
        standing.check(removal(samples=("0" * 64,)))
    undo = replace(undo_entry(other), sequence=3)
    for part in ({"ids": ()}, {"samples": ()}, {"ids": (1,)}, {"samples": ("0" * 64,)}):
        with raises("ledgerUndo", "must name the samples of entry 2"):
            standing.check(replace(undo, **part))
    with raises("ledgerUndo", r"last removal that stands \(entry 2\), got entry 1"):
        standing.check(undo_entry(first))
    standing = standing.with_entry(undo)
    assert (standing.ids, standing.samples) == ({1: 1, "a": 1}, {"0" * 64: 1})
    assert (standing.removals.tolist(), standing.sizes.tolist()) == ([1], [3])
    standing.check(removal(2, samples=("1" * 64,)))
