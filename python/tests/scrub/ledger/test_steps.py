"""A step leads to the same bits, and is kept for as long as it is needed."""

import copy
import os
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.steps import apply_step, difference
from python.tests.scrub.ledger.removals import commit, filled, raises

BITS = st.lists(st.integers(0, 255), min_size=8, max_size=8)


# --- steps ----------------------------------------------------------------------------------------


@given(BITS, BITS, st.sampled_from([torch.float32, torch.bfloat16, torch.float64, torch.int64]))
def test_a_step_leads_to_the_same_bits(old, new, dtype) -> None:
    def tensor(values):
        return torch.tensor(values, dtype=torch.uint8).view(dtype).clone()

    tensors = {"x": tensor(old)}
    change = difference(tensors, {"x": tensor(new)})
    apply_step(tensors, change.forward)
    assert tensors["x"].view(torch.uint8).tolist() == new
    assert bool(change.forward) == bool(change.back) == (old != new)
    apply_step(tensors, change.back)
    assert tensors["x"].view(torch.uint8).tolist() == old


def test_a_step_holds_the_new_values_of_the_changed_entries_only() -> None:
    old, new = {"x": torch.zeros(2, 3), "y": torch.zeros(2)}, torch.zeros(2, 3)
    new[1, 0], new[0, 2] = 4.0, -0.0
    ((name, (where, values)),) = difference(old, {"x": new}).forward.items()
    assert (name, where.tolist(), values.tolist()) == ("x", [2, 3], [0.0, 4.0])
    strided = torch.zeros(3, 2).T
    apply_step({"x": strided}, {"x": (where, values)})
    assert torch.equal(strided, new)
    assert difference(old, {"x": torch.ones(2, 3)}).forward["x"][0] is None


# --- replay ---------------------------------------------------------------------------------------


def test_settle_deletes_the_steps(path: Path) -> None:
    states = filled(path)
    with Ledger(path) as ledger:
        ledger.settle()
        assert sorted(os.listdir(path.parent)) == ["ledger.jsonl", "ledger.jsonl.lock"]
        assert ledger.replay(copy.deepcopy(states[-1])) == 0
        with raises("ledgerStep", "entry 3 or later"):
            ledger.replay(copy.deepcopy(states[-2]))
        commit(ledger, states[-1], 9)
    assert os.listdir(f"{path}.steps") == ["4.pt"]
