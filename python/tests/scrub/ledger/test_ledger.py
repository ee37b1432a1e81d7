import copy
import errno
import fcntl
import json
import os
import subprocess
import sys
from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError, __version__
from lcodec.scrub import Scrubber
from lcodec.scrub.ledger.entry import Entry, removal_entry, sample_hashes, undo_entry
from lcodec.scrub.ledger.files import Lock
from lcodec.scrub.ledger.ledger import Ledger, verify
from lcodec.scrub.ledger.steps import apply_step, difference
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.networks import conv_data, conv_net, fill, normal


class Net(nn.Module):
    """Five numbers, one of them under two names, and a buffer."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 2, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(1, dtype=dtype))
        self.again = self.bias
        self.register_buffer("count", torch.tensor(7))


def moved(model, seed):
    """New values: one entry of the weight, and the bias."""
    weight = model.weight.detach().clone()
    weight.view(-1)[seed % 4] = seed + 0.5
    return {"weight": weight, "bias": torch.full_like(model.bias, seed)}


def removal(*ids, **fields):
    return Entry(kind="removal", ids=ids, **fields)


def commit(ledger, model, *ids, **fields):
    return ledger.commit(model, moved(model, len(ledger.entries) + 1), removal(*ids, **fields))


def raises(id, match):
    return pytest.raises(
        LcodecError, match=rf"(?s){match}.*\Z", check=lambda e: e.id == f"lcodec:{id}"
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.jsonl"


def filled(path, entries=3):
    """A ledger of some removals; returns the model after each number of them."""
    model, states = Net(), [copy.deepcopy(Net())]
    with Ledger(path) as ledger:
        for number in range(entries):
            commit(ledger, model, number, f"name {number}")
            states.append(copy.deepcopy(model))
    return states


# --- what an entry holds --------------------------------------------------------------------------


def test_an_entry_comes_back_as_it_was_written(path):
    model = conv_net()
    before = fingerprint(model)
    report = Scrubber(
        copy.deepcopy(model), nn.CrossEntropyLoss(), conv_data(40), select="all"
    ).remove(conv_data(5, seed=7))
    noise = {"scope": "all", "sigma": 0.1, "epsilon": 0.5, "delta": 1e-5}
    entry = removal_entry(report, ids=[3, "name"], noise=noise, options={"damping": 1e-3})
    with Ledger(path) as ledger:
        new = {"0.weight": torch.zeros_like(model.get_parameter("0.weight"))}
        written = ledger.commit(model, new, entry)
        assert ledger.entries == (written,)
    assert verify(path) == (written,)
    assert (written.before, written.after) == (before, fingerprint(model))
    assert written.ids == (3, "name")
    assert written.forgotten == 2
    assert written.removal["slices"] == report.by_layer()
    assert written.removal["gradient_after"] == report.gradient_after
    assert written.removal["select"] == "all"
    assert written.noise == noise
    assert written.options == {"damping": 1e-3}
    assert (written.sequence, written.library) == (1, __version__)
    assert written.time.endswith("+00:00")


def test_a_line_is_plain_json(path):
    filled(path, 2)
    header, first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert header["format"] == "lcodec-ledger"
    assert header["version"] == 1
    assert first["ids"] == [0, "name 0"]
    assert second["before"] == first["after"]


def test_epsilon_and_delta_add_up_and_an_undo_gives_nothing_back(path):
    model = Net()
    with Ledger(path) as ledger:
        assert ledger.composed == (0.0, 0.0)
        old = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        first = commit(ledger, model, 1, noise={"epsilon": 0.5, "delta": 1e-3})
        ledger.commit(model, old, undo_entry(first))
        commit(ledger, model, 2, noise={"epsilon": 0.25, "delta": 1e-3})
        commit(ledger, model, 3)
        assert ledger.composed == (0.75, 2e-3)
    with Ledger(path) as ledger:
        assert ledger.composed == (0.75, 2e-3)


def test_sample_hashes_are_of_each_sample_alone():
    x, y = normal(4, 3), torch.arange(4)
    hashes = sample_hashes(x, y)
    assert len(set(hashes)) == 4
    assert sample_hashes(x[2:3], y[2:3]) == hashes[2:3]
    assert sample_hashes(x, y + 1)[0] != hashes[0]
    assert sample_hashes(x.float(), y)[0] != hashes[0]
    pair = sample_hashes((x, y), y)
    assert pair == sample_hashes({"0": x, "1": y}, y)
    assert pair[0] != hashes[0]
    with raises("sizeMismatch", "4 rows like the inputs, got 3"):
        sample_hashes(x, y[:3])
    both = {"input_ids": x, "attention_mask": y}
    assert sample_hashes(both, y) == sample_hashes(dict(reversed(both.items())), y)


# --- steps ----------------------------------------------------------------------------------------

BITS = st.lists(st.integers(0, 255), min_size=8, max_size=8)


@given(BITS, BITS, st.sampled_from([torch.float32, torch.bfloat16, torch.float64, torch.int64]))
def test_a_step_leads_to_the_same_bits(old, new, dtype):
    def tensor(values):
        return torch.tensor(values, dtype=torch.uint8).view(dtype).clone()

    tensors = {"x": tensor(old)}
    change = difference(tensors, {"x": tensor(new)})
    apply_step(tensors, change.forward)
    assert tensors["x"].view(torch.uint8).tolist() == new
    assert bool(change.forward) == bool(change.back) == (old != new)
    apply_step(tensors, change.back)
    assert tensors["x"].view(torch.uint8).tolist() == old


def test_a_step_holds_the_new_values_of_the_changed_entries_only():
    old, new = {"x": torch.zeros(2, 3), "y": torch.zeros(2)}, torch.zeros(2, 3)
    new[1, 0], new[0, 2] = 4.0, -0.0
    ((name, (where, values)),) = difference(old, {"x": new}).forward.items()
    assert (name, where.tolist(), values.tolist()) == ("x", [2, 3], [0.0, 4.0])
    strided = torch.zeros(3, 2).T
    apply_step({"x": strided}, {"x": (where, values)})
    assert torch.equal(strided, new)
    assert difference(old, {"x": torch.ones(2, 3)}).forward["x"][0] is None


# --- replay ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_replay_takes_the_steps_that_are_lacking(path, dtype):
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


def test_replay_of_an_empty_ledger_does_nothing(path):
    with Ledger(path) as ledger:
        assert ledger.replay(fill(Net())) == 0


def test_replay_after_an_undo(path):
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


def test_replay_refuses_weights_it_does_not_know(path):
    states = filled(path)
    stranger = fill(Net())
    before = fingerprint(stranger)
    with Ledger(path) as ledger, raises("ledgerWeights", f"{fingerprint(states[-1])}.*{before}"):
        ledger.replay(stranger)
    assert fingerprint(stranger) == before


def test_replay_refuses_a_damaged_or_missing_step_and_changes_nothing(path):
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


def test_replay_refuses_a_step_that_leads_elsewhere(path):
    model = Net()
    before = fingerprint(model)
    step = difference(dict(model.named_parameters()), moved(model, 1)).forward
    with Ledger(path) as ledger:
        ledger.append(removal(1, before=before, after="0" * 64), step)
        with raises("ledgerStep", f"must lead to weights of SHA-256 {'0' * 64}, got"):
            ledger.replay(model)
    assert fingerprint(model) == before


def test_settle_deletes_the_steps(path):
    states = filled(path)
    with Ledger(path) as ledger:
        ledger.settle()
        assert sorted(os.listdir(path.parent)) == ["ledger.jsonl", "ledger.jsonl.lock"]
        assert ledger.replay(copy.deepcopy(states[-1])) == 0
        with raises("ledgerStep", "entry 3 or later"):
            ledger.replay(copy.deepcopy(states[-2]))
        commit(ledger, states[-1], 9)
    assert os.listdir(f"{path}.steps") == ["4.pt"]


@given(st.lists(st.sampled_from(["remove", "undo", "open again", "settle"]), max_size=8))
@settings(max_examples=40)
def test_a_ledger_agrees_with_a_list(tmp_path_factory, deeds):
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


def test_other_weights_and_second_removals_are_refused(path):
    model = Net()
    with Ledger(path) as ledger:
        first = commit(ledger, model, 1, "a", samples=("f00",))
        written, before = path.read_bytes(), fingerprint(model)
        for again in (removal("b", 1), removal("a"), Entry(kind="removal", samples=("f00",))):
            with raises("alreadyRemoved", "again"):
                ledger.commit(model, moved(model, 5), again)
        with raises("ledgerWeights", "entry 1"):
            ledger.commit(Net(), moved(model, 5), removal(2))
        second = commit(ledger, model, "1")  # not the number 1
        with raises("ledgerUndo", r"\(entry 2\), got entry 1"):
            ledger.commit(model, moved(model, 5), undo_entry(first))
        ledger.commit(model, moved(model, 5), undo_entry(second))
        assert ledger.removed == {1, "a"}
        assert ledger.removed_samples == {"f00"}
        assert [entry.sequence for entry in ledger.standing] == [1]
        assert path.read_bytes().startswith(written)
        assert fingerprint(model) != before
    with raises("ledgerClosed", "open"):
        commit(ledger, model, 5)


@pytest.mark.parametrize("text", [b"weights", b"{}\n", b'{"format":"lcodec-ledger","version":1}\n'])
def test_other_files_are_refused_and_left_alone(path, text):
    path.write_bytes(text)
    for read in (Ledger, verify):
        with raises("ledgerFormat", "must be a ledger"):
            read(path)
    assert path.read_bytes() == text
    assert os.listdir(path.parent) == [path.name]


def test_a_header_without_its_line_feed_is_no_ledger(path):
    Ledger(path).close()
    path.write_bytes(path.read_bytes()[:-1])
    with raises("ledgerFormat", "must be a ledger"):
        Ledger(path)


def test_an_empty_file_becomes_a_ledger(path):
    path.touch()
    Ledger(path).close()
    assert verify(path) == ()


def test_a_missing_file_is_named_by_the_audit(path):
    with raises("ledgerFile", r"ledger\.jsonl`: No such file"):
        verify(path)
    assert os.listdir(path.parent) == []


# --- the chain ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    filled(path)
    return path.read_bytes(), verify(path)


def audit(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("edited", numbered=True) / "ledger.jsonl"
    path.write_bytes(data)
    return verify(path)


@given(st.data())
def test_every_edit_of_a_byte_is_found(tmp_path_factory, lines, data):
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
def test_lines_that_are_moved_or_left_out_are_found(tmp_path_factory, lines, order, keep):
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
def test_a_torn_last_line_is_cut_off_and_the_rest_goes_on(tmp_path_factory, lines, data):
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


def test_the_message_names_the_line(path):
    filled(path)
    text = path.read_text()
    path.write_text(text.replace("name 1", "name 7"))
    with raises("ledgerChain", "line 3 of .* must be as it was written"):
        Ledger(path)
    path.write_text("".join(text.splitlines(keepends=True)[:2] + text.splitlines(True)[3:]))
    with raises("ledgerChain", "line 3 of .* must be the one after the line before"):
        Ledger(path)


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_failing_disk_leaves_ledger_and_weights(path, monkeypatch, call, at):
    (*_, model) = filled(path, 1)
    ledger = Ledger(path)
    before, text, real, calls = fingerprint(model), path.read_bytes(), getattr(os, call), []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) > at:
            if call == "write":  # a part of it still fits
                real(arguments[0], arguments[1][:5])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        failed = at < {"write": 2, "fsync": 4, "replace": 1}[call]
        with raises("writeFailed", "No space left") if failed else nullcontext():
            commit(ledger, model, 5)
    if failed:
        assert fingerprint(model) == before
        assert path.read_bytes() == text
        assert os.listdir(f"{path}.steps") == ["1.pt"]
        commit(ledger, model, 5)
    ledger.close()
    assert [entry.ids for entry in verify(path)] == [(0, "name 0"), (5,)]


def test_what_json_cannot_hold_is_refused_before_anything_changes(path):
    (*_, model) = filled(path, 1)
    before, text = fingerprint(model), path.read_bytes()
    with Ledger(path) as ledger:
        with pytest.raises(ValueError, match="JSON"):
            commit(ledger, model, 5, removal={"step_norm": float("nan")})
        assert os.listdir(f"{path}.steps") == ["1.pt"]
    assert fingerprint(model) == before
    assert path.read_bytes() == text


def test_a_second_user_is_told_who_has_the_ledger(path):
    with Ledger(path):
        with raises("ledgerLocked", f"process {os.getpid()} holds"):
            Ledger(path)
        assert verify(path) == ()
    with Ledger(path):
        pass
    assert os.listdir(path.parent) == [path.name]


def test_the_lock_is_between_processes_and_ends_with_them(path):
    code = (
        "import sys, lcodec.scrub.ledger.files as durable\n"
        f"lock = durable.Lock({str(path)!r})\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout.readline() == b"locked\n"
        with raises("ledgerLocked", f"process {child.pid} holds"):
            Ledger(path)
        assert not path.exists()
        child.kill()
        child.wait()
        assert os.path.exists(f"{path}.lock")
        with Ledger(path) as ledger:
            assert ledger.entries == ()


def test_a_lock_on_a_file_that_was_just_deleted_is_not_taken_for_one(path, monkeypatch):
    real, calls = fcntl.flock, []

    def flock(handle, kind):
        if not calls:  # the holder ends after the file was opened, and deletes it
            os.unlink(f"{path}.lock")
        calls.append(handle)
        real(handle, kind)

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = Lock(path)
    with raises("ledgerLocked", f"process {os.getpid()}"):
        Lock(path)
    lock.release()
    assert len(calls) == 3


def test_a_full_disk_for_the_lock_leaves_nothing(path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with raises("writeFailed", r"ledger\.jsonl\.lock` must be writable, got: No space left"):
            Ledger(path)
    assert os.listdir(path.parent) == []


def test_a_ledger_only_to_be_read_is_not_locked_and_not_written(path):
    states = filled(path)
    path.write_bytes(path.read_bytes() + b'{"torn')
    before = path.read_bytes()
    with Ledger(path.with_name("other"), read_only=True) as other:
        assert other.entries == ()
    with Ledger(path, read_only=True) as ledger, Ledger(path, read_only=True):
        assert ledger.removed == {0, 1, 2, "name 0", "name 1", "name 2"}
        assert ledger.replay(states[1]) == 2
        assert fingerprint(states[1]) == fingerprint(states[3])
        with raises("ledgerClosed", "open for writing"):
            commit(ledger, states[3], 9)
        assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == ["ledger.jsonl", "ledger.jsonl.steps"]


def test_what_a_killed_process_left_among_the_steps_is_swept_away(path):
    filled(path, 1)
    steps = path.with_name("ledger.jsonl.steps")
    for name in ("2.pt", ".2.pt.abc.partial", "notes.txt"):
        (steps / name).touch()
    Ledger(path).close()
    assert sorted(os.listdir(steps)) == ["1.pt", "notes.txt"]


def test_docstring_examples():
    import doctest

    from lcodec.scrub.ledger import entry, ledger

    assert doctest.testmod(ledger).failed == doctest.testmod(entry).failed == 0
