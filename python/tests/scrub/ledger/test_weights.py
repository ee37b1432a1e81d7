import hashlib
import os
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.ledger import weights as module
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from python.tests.scrub.ledger.removals import same, state
from python.tests.scrub.networks import fill, normal

SUFFIXES = [".pt", ".pth", ".bin", ".safetensors", ""]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("count", torch.tensor(3))


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


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_weights(state(), tmp_path / "weights.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    for call in (load_weights, lambda path: save_weights(state(), path)):
        with pytest.raises(LcodecError, match="`safetensors` must be installed") as error:
            call(tmp_path / "weights.safetensors")
        assert error.value.id == "lcodec:noSafetensors"


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
