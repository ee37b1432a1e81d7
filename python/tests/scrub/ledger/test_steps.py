"""A step leads to the same bits, and is kept for as long as it is needed."""

import copy
import os
import stat
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.scrub.ledger.files import write_atomically
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.steps import apply_step, difference
from lcodec.scrub.ledger.weights import save_weights
from python.tests.scrub.ledger.removals import Net, commit, filled, raises

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


# --- files of others ------------------------------------------------------------------------------


def test_a_link_to_a_folder_of_checkpoints_is_refused_before_anything_is_written(
    path: Path,
) -> None:
    checkpoints = path.with_name("checkpoints")
    checkpoints.mkdir()
    for number in (1, 10, 20):
        save_weights(Net().state_dict(), checkpoints / f"{number}.pt")
    path.with_name("ledger.jsonl.steps").symlink_to("checkpoints")
    with raises("writeFailed", "must be free for a folder of the ledger, got a link"):
        Ledger(path)
    assert sorted(os.listdir(checkpoints)) == ["1.pt", "10.pt", "20.pt"]
    assert sorted(os.listdir(path.parent)) == ["checkpoints", "ledger.jsonl.steps"]


def test_a_link_that_comes_later_is_not_followed_either(path: Path) -> None:
    checkpoints, model = path.with_name("checkpoints"), Net()
    with Ledger(path) as ledger:
        commit(ledger, model, 1)
        os.rename(f"{path}.steps", checkpoints)
        path.with_name("ledger.jsonl.steps").symlink_to("checkpoints")
        with raises("writeFailed", "Not a directory"):
            ledger.settle()
        with raises("writeFailed", "got a link"):
            commit(ledger, model, 2)
        assert os.listdir(checkpoints) == ["1.pt"]
        assert len(ledger.entries) == 1


def test_checkpoints_in_a_folder_of_that_name_are_kept(path: Path) -> None:
    steps = path.with_name("ledger.jsonl.steps")
    steps.mkdir()
    names = ["1.pt", "10.pt", ".notes.partial", ".1.pt.partial", "2.pt"]
    for name in names:
        write_atomically(steps / "file", b"mine")
        os.rename(steps / "file", steps / name)
    save_weights(Net().state_dict(), steps / "1.pt")
    model = Net()
    with Ledger(path) as ledger:
        with raises("writeFailed", r"1\.pt` must be free for a step, got another file; move it"):
            commit(ledger, model, 1)
        assert sorted(os.listdir(steps)) == sorted(names)
        (steps / "1.pt").unlink()
        commit(ledger, model, 1)
        ledger.settle()
    assert sorted(os.listdir(steps)) == sorted(set(names) - {"1.pt"})
    Ledger(path).close()
    assert sorted(os.listdir(steps)) == sorted(set(names) - {"1.pt"})


def test_a_changed_step_is_not_deleted(path: Path) -> None:
    filled(path)
    (path.with_name("ledger.jsonl.steps") / "2.pt").write_bytes(b"by others")
    with Ledger(path) as ledger:
        ledger.settle()
    assert os.listdir(f"{path}.steps") == ["2.pt"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_steps_are_for_the_owner_alone(path: Path, umask) -> None:
    before = os.umask(umask)
    try:
        filled(path, 1)
        modes = [stat.S_IMODE(os.stat(f"{path}.steps{rest}").st_mode) for rest in ("", "/1.pt")]
    finally:
        os.umask(before)
    assert [oct(mode & 0o077) for mode in modes] == ["0o0", "0o0"]
    os.chmod(f"{path}.steps", 0o755)  # as an earlier version made it
    with Ledger(path) as ledger:
        commit(ledger, copy.deepcopy(filled(path.with_name("same"), 1)[-1]), 9)
    assert stat.S_IMODE(os.stat(f"{path}.steps").st_mode) == 0o700
