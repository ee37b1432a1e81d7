"""A ledger says what stands, and refuses what does not fit."""

import copy
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcodec.scrub.ledger.entry import Entry, undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.ledger.removals import Net, commit, filled, moved, raises, removal

SAMPLE = "f0" * 32

# --- replay ---------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["remove", "undo", "open again", "settle"]), max_size=8))
@settings(max_examples=40)
def test_a_ledger_agrees_with_a_list(tmp_path_factory: pytest.TempPathFactory, deeds) -> None:
    """The list holds what stands: the ids, and the weights before each."""
    path = tmp_path_factory.mktemp("deeds", numbered=True) / "ledger.jsonl"
    model, ledger, stand = Net(), Ledger(path), []
    saved, behind, done = copy.deepcopy(model), 0, 0
    for number, deed in enumerate(deeds):
        if deed == "remove":
            stand.append((number, copy.deepcopy(model)))
            commit(ledger, model, number)
            behind, done = behind + 1, done + 1
        elif deed == "undo" and stand:
            _, before = stand.pop()
            last = undo_entry(ledger.standing[-1])
            ledger.commit(model, dict(before.named_parameters()), last)
            assert fingerprint(model) == fingerprint(before)
            behind, done = behind + 1, done + 1
        elif deed == "open again":
            ledger.close()
            ledger = Ledger(path)
        elif deed == "settle":
            saved, behind = copy.deepcopy(model), 0
            ledger.settle()
        assert ledger.removed == {id for id, _ in stand}
    again = copy.deepcopy(saved)
    # Weights that came back after an undo need fewer steps, or none.
    assert ledger.replay(again) <= behind
    assert fingerprint(again) == fingerprint(model)
    ledger.close()
    assert len(verify(path)) == done


# --- what is refused ------------------------------------------------------------------------------


def test_other_weights_and_second_removals_are_refused(path: Path) -> None:
    model = Net()
    with Ledger(path) as ledger:
        first = commit(ledger, model, 1, "a", samples=(SAMPLE,))
        written, before = path.read_bytes(), fingerprint(model)
        for again in (removal("b", 1), removal("a"), Entry(kind="removal", samples=(SAMPLE,))):
            with raises("alreadyRemoved", "again"):
                ledger.commit(model, moved(model, 5), again)
        with raises("ledgerWeights", "entry 1"):
            ledger.commit(Net(), moved(model, 5), removal(2))
        second = commit(ledger, model, "1")  # not the number 1
        with raises("ledgerUndo", r"\(entry 2\), got entry 1"):
            ledger.commit(model, moved(model, 5), undo_entry(first))
        ledger.commit(model, moved(model, 5), undo_entry(second))
        assert ledger.removed == {1, "a"}
        assert ledger.removed_samples == {SAMPLE}
        assert [entry.sequence for entry in ledger.standing] == [1]
        assert path.read_bytes().startswith(written)
        assert fingerprint(model) != before
    with raises("ledgerClosed", "open"):
        commit(ledger, model, 5)


@pytest.mark.parametrize("text", [b"weights", b"{}\n", b'{"format":"lcodec-ledger","version":1}\n'])
def test_other_files_are_refused_and_left_alone(path: Path, text) -> None:
    path.write_bytes(text)
    for read in (Ledger, verify):
        with raises("ledgerFormat", "must be a ledger"):
            read(path)
    assert path.read_bytes() == text
    assert os.listdir(path.parent) == [path.name]


def test_a_header_without_its_line_feed_is_no_ledger(path: Path) -> None:
    Ledger(path).close()
    path.write_bytes(path.read_bytes()[:-1])
    with raises("ledgerFormat", "must be a ledger"):
        Ledger(path)


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    Ledger(path).close()
    assert verify(path) == ()


def test_a_missing_file_is_named_by_the_audit(path: Path) -> None:
    with raises("ledgerFile", r"ledger\.jsonl`: No such file"):
        verify(path)
    assert os.listdir(path.parent) == []


# --- faults ---------------------------------------------------------------------------------------


def test_what_json_cannot_hold_is_refused_before_anything_changes(path: Path) -> None:
    (*_, model) = filled(path, 1)
    before, text = fingerprint(model), path.read_bytes()
    with Ledger(path) as ledger:
        with pytest.raises(ValueError, match="JSON"):
            commit(ledger, model, 5, removal={"step_norm": float("nan")})
        assert os.listdir(f"{path}.steps") == ["1.pt"]
    assert fingerprint(model) == before
    assert path.read_bytes() == text


def test_docstring_examples() -> None:
    import doctest

    from lcodec.scrub.ledger import entry, ledger

    assert doctest.testmod(ledger).failed == doctest.testmod(entry).failed == 0
