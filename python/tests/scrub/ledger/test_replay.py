"""Replay takes the steps that the weights lack."""

import copy
from pathlib import Path

import pytest
import torch

from lcodec.scrub.ledger.entry import undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.steps import difference
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.ledger.removals import Net, commit, filled, moved, raises, removal
from python.tests.scrub.networks import fill


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_replay_takes_the_steps_that_are_lacking(path: Path, dtype) -> None:
    model = Net(dtype)
    states = [copy.deepcopy(model)]
    with Ledger(path) as ledger:
        for number in range(3):
            commit(ledger, model, number)
            states.append(copy.deepcopy(model))
    for done, state in enumerate(states):
        with Ledger(path) as ledger:
            assert ledger.replay(state) == 3 - done
        assert fingerprint(state) == fingerprint(model)
        assert state.again is state.bias


def test_replay_of_an_empty_ledger_does_nothing(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.replay(fill(Net())) == 0


def test_replay_after_an_undo(path: Path) -> None:
    model, old = Net(), Net()
    with Ledger(path) as ledger:
        entry = commit(ledger, model, 1)
        changed = copy.deepcopy(model)
        ledger.commit(model, dict(old.named_parameters()), undo_entry(entry))
        assert ledger.removed == frozenset()
        assert fingerprint(model) == fingerprint(old)
        assert ledger.replay(model) == 0  # not the removal and the undo again
        assert ledger.replay(changed) == 1
        assert fingerprint(changed) == fingerprint(old)
        commit(ledger, model, 1)
        assert ledger.removed == {1}


def test_replay_refuses_weights_it_does_not_know(path: Path) -> None:
    states = filled(path)
    stranger = fill(Net())
    before = fingerprint(stranger)
    with Ledger(path) as ledger, raises("ledgerWeights", f"{fingerprint(states[-1])}.*{before}"):
        ledger.replay(stranger)
    assert fingerprint(stranger) == before


def test_replay_refuses_a_damaged_or_missing_step_and_changes_nothing(path: Path) -> None:
    states = filled(path)
    model, before = copy.deepcopy(states[0]), fingerprint(states[0])
    step = path.with_name("ledger.jsonl.steps") / "2.pt"
    whole = step.read_bytes()
    step.write_bytes(whole[:-1] + b"x")
    with Ledger(path) as ledger, raises("ledgerStep", "as it was written"):
        ledger.replay(model)
    step.unlink()
    with Ledger(path) as ledger, raises("ledgerStep", "are gone"):
        ledger.replay(model)
    assert fingerprint(model) == before
    assert Ledger(path).replay(copy.deepcopy(states[2])) == 1


def test_replay_refuses_a_step_that_leads_elsewhere(path: Path) -> None:
    model = Net()
    before = fingerprint(model)
    step = difference(dict(model.named_parameters()), moved(model, 1)).forward
    with Ledger(path) as ledger:
        ledger.append(removal(1, before=before, after="0" * 64), step)
        with raises("ledgerStep", f"must lead to weights of SHA-256 {'0' * 64}, got"):
            ledger.replay(model)
    assert fingerprint(model) == before
