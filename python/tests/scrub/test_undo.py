"""Undoing a removal, and resuming from the ledger."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from lcodec.scrub import fingerprint, load_weights, sample_hashes, verify
from python.tests.scrub import perceptron
from python.tests.scrub.convolution import X, Y, refused, scrubber
from python.tests.scrub.networks import Counter, conv_net, fill

# --- undo -----------------------------------------------------------------------------------------


def test_undo_restores_the_bits_in_turn() -> None:
    model = conv_net()
    scrub = scrubber(model, select="lfoci")
    states = [fingerprint(model)]
    for at in range(3):
        scrub.remove([at])
        states.append(fingerprint(model))
    assert len(set(states)) == 4
    for state in states[-2::-1]:
        scrub.undo()
        assert fingerprint(model) == state
    refused("nothingToUndo", "`undo` must follow a removal, got none", scrub.undo)
    assert scrub.remove([1]).retained == 39


def test_undo_refuses_a_model_that_changed_since() -> None:
    model = conv_net()
    scrub = scrubber(model)
    scrub.remove([1])
    with torch.no_grad():
        model[0].weight[0, 0, 0, 0] += 1
    changed = fingerprint(model)
    refused("undoWeights", "`model` must be as `remove` left it", scrub.undo)
    assert fingerprint(model) == changed


def test_undo_refuses_buffers_that_changed_since() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)).double()
    scrub = perceptron.scrubber(model.eval())
    scrub.remove([1])
    model[1].running_mean += 1
    perceptron.refused("undoWeights", "`model` must be as `remove` left it", scrub.undo)


# --- ledger ---------------------------------------------------------------------------------------


def test_a_ledger_knows_the_buffers_as_a_removal_leaves_them(tmp_path: Path) -> None:
    model = fill(Counter())
    with perceptron.scrubber(model, select="all", ledger=tmp_path / "ledger") as scrub:
        states = [fingerprint(model)]
        for at in (1, 2):
            report = scrub.remove([at])
            states.append(fingerprint(model))
            assert (report.sha256_before, report.sha256_after) == tuple(states[-2:])
        scrub.undo()
    assert verify(tmp_path / "ledger")[-1].after == fingerprint(model) == states[1]


def test_weights_are_hashed_before_and_after_a_removal_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def counted(*arguments):
        hashed.append(arguments)
        return fingerprint(*arguments)

    for module in ("writing", "ledger.ledger"):
        monkeypatch.setattr(f"lcodec.scrub.{module}.fingerprint", counted)
    with scrubber(conv_net(), ledger=tmp_path / "ledger") as scrub:
        scrub.remove([1])
        assert len(hashed) == 2
        scrub.undo()
        assert len(hashed) == 3  # the weights that are there; those to come back are known
    scrub = scrubber(conv_net())
    hashed.clear()
    scrub.remove([1])
    assert len(hashed) == 1  # for `undo`


def test_a_ledger_lets_a_removal_be_completed_to_the_same_bits(tmp_path: Path) -> None:
    start = conv_net()
    straight = copy.deepcopy(start)
    with scrubber(straight, ledger=tmp_path / "ledger") as scrub:
        reports = [scrub.remove([at]) for at in (1, 2)]
        scrub.undo()
        reports.append(scrub.remove([3]))
    assert [report.entry for report in reports] == [1, 2, 4]
    assert reports[-1].sha256_after == fingerprint(straight)
    resumed = copy.deepcopy(start)
    with scrubber(resumed, ledger=tmp_path / "ledger") as scrub:
        refused("ledgerWeights", "`resume` brings", lambda: scrub.remove([5]))
        assert scrub.resume() == 4
        assert fingerprint(resumed) == fingerprint(straight)
        assert scrub.resume() == 0
        refused("alreadyRemoved", "got 3", lambda: scrub.remove([3]))
        assert scrub.remove([2]).retained == 37
        scrub.save(tmp_path / "weights.pt")
    saved = load_weights(tmp_path / "weights.pt")
    assert fingerprint(saved) == fingerprint(resumed)
    assert not (tmp_path / "ledger.steps").exists()


def test_a_removal_that_was_resumed_can_be_taken_back(tmp_path: Path) -> None:
    start = conv_net()
    with scrubber(copy.deepcopy(start), ledger=tmp_path / "ledger") as scrub:
        for at in (1, 2, 3):
            scrub.remove([at])
        scrub.undo()
    states = [fingerprint(start), *(entry.after for entry in verify(tmp_path / "ledger"))]
    with scrubber(start, ledger=tmp_path / "ledger") as scrub:
        assert scrub.resume() == 4
        for state in states[1::-1]:
            scrub.undo()
            assert fingerprint(start) == state
        refused("nothingToUndo", "got none to take back; for one of another", scrub.undo)
        assert scrub.remove([1]).retained == 39
    assert [entry.undoes for entry in verify(tmp_path / "ledger")] == [
        None, None, None, 3, 2, 1, None,
    ]  # fmt: skip


def test_a_removal_of_another_scrubber_is_taken_back_by_the_weights_before(tmp_path: Path) -> None:
    model = conv_net()
    with scrubber(model, ledger=tmp_path / "ledger") as scrub:
        scrub.remove([1])
        scrub.save(tmp_path / "before.pt")
        scrub.remove([2])
        scrub.save(tmp_path / "after.pt")
    states = [entry.after for entry in verify(tmp_path / "ledger")]
    with scrubber(model, ledger=tmp_path / "ledger") as scrub:
        wrong = f"`before` must hold the weights from before entry 2...(SHA-256 {states[0]})"
        refused("undoWeights", wrong, lambda: scrub.undo(before=tmp_path / "after.pt"))
        assert fingerprint(model) == states[1]
        scrub.undo(before=tmp_path / "before.pt")
        assert fingerprint(model) == states[0]
        assert scrub.remove([2]).retained == 38
        scrub.undo()
        refused("nothingToUndo", "got none to take back", scrub.undo)
    refused("noLedger", "must be given for `before`", lambda: scrubber().undo(before="any.pt"))


def test_samples_are_hashed_as_they_are_given(tmp_path: Path) -> None:
    """Whoever audits has the data, and not the dtype of the model."""
    with scrubber(conv_net().float(), (X[5:], Y[5:]), ledger=tmp_path / "ledger") as scrub:
        scrub.remove((X[:2], Y[:2]))
    assert verify(tmp_path / "ledger")[0].samples == sample_hashes(X[:2], Y[:2])


def test_samples_without_ids_are_known_by_their_hash(tmp_path: Path) -> None:
    with scrubber(data=(X[5:], Y[5:]), ledger=tmp_path / "ledger") as scrub:
        scrub.remove((X[:2], Y[:2]))
        refused(
            "alreadyRemoved", "got row 1, which was", lambda: scrub.remove((X[[2, 1]], Y[[2, 1]]))
        )
    refused("noLedger", "`ledger` must be given to resume", scrubber().resume)
