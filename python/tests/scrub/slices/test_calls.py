"""Layers must be called with the batch; hooks see every call."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.slices.activations import Activations, not_called
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import fill, normal
from python.tests.scrub.slices.columns import activations_of


def test_layers_that_are_never_called_are_listed() -> None:
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(3, 2), nn.Linear(3, 5)

        def forward(self, x):
            return self.used(x)

    model = Idle().double()
    _, columns = activations_of(model, normal(2, 3))
    (listed,) = not_called(find_slices(model)[0], columns)
    assert (listed.layer, listed.parameters) == ("idle", 20)
    assert listed.reason == "not called by the model"


class Folded(nn.Module):
    """A layer that sees twice the rows of the batch."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(x.reshape(-1, 2)).reshape(len(x), -1)


class Unbatched(nn.Module):
    """A convolution of one image, with as many channels as there are samples."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv1d(1, 3, 1)

    def forward(self, x):
        return self.layer(x[:1])


class OneByOne(nn.Module):
    """A layer that sees no batch at all."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return torch.stack([self.layer(row) for row in x])


class OneRowEach(nn.Module):
    """A layer that sees one sample after the other."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return torch.cat([self.layer(row[None]) for row in x])


class Fickle(nn.Module):
    """Calls its layer once or twice."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else self.layer(self.layer(x))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Folded(), "layer `layer` must keep .* its output has 6 rows for 3 inputs"),
        (
            OneRowEach(),
            "layer `layer` must keep .* its output has 1 rows for 3 inputs; leave it out",
        ),
        (Unbatched(), r"layer `layer` must keep .* its output has shape \(3, 4\)"),
        (OneByOne(), r"layer `layer` must keep .* its output has shape \(2,\)"),
    ],
)
def test_layers_that_hide_the_batch_are_refused(model, message) -> None:
    with pytest.raises(LcodecError, match=message) as caught:
        activations_of(model.double(), normal(3, 4))
    assert caught.value.id == "lcodec:batchAxis"


def test_changing_calls_are_refused() -> None:
    model = Fickle().double()
    slices, _ = find_slices(model)
    x = torch.ones(2, 4, dtype=torch.float64)
    with Activations(model, slices) as activations:
        model(x)
        activations.take(2)
        model(-x)
        with pytest.raises(LcodecError, match="same layers in every forward pass") as caught:
            activations.take(2)
    assert caught.value.id == "lcodec:callOrder"


# --- where hooks must fire ------------------------------------------------------------------------


def test_hooks_fire_under_autocast() -> None:
    model, x = fill(nn.Linear(8, 4)).float(), normal(5, 8).float()
    slices, _ = find_slices(model)
    with torch.no_grad(), Activations(model, slices) as activations:
        with torch.autocast("cpu", torch.bfloat16):
            outputs = model(x)
        values = activations.take(5)
    assert outputs.dtype == torch.bfloat16
    assert torch.equal(values, outputs.double())


def test_hooks_fire_in_the_encoder_of_torch() -> None:
    """In evaluation mode torch would take a way that calls no submodule, were it not for hooks."""
    layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, batch_first=True).double().eval()
    slices, _ = find_slices(layer)
    with torch.no_grad(), Activations(layer, slices) as activations:
        layer(normal(3, 4, 8))
        activations.take(3)
    called = {column.layer for column in activations.columns}
    assert called == {"linear1", "linear2", "norm1", "norm2"}
    idle = [(one.layer, one.parameters) for one in not_called(slices, activations.columns)]
    assert idle == [("self_attn", 216), ("self_attn.out_proj", 72)]
    unseen = [at for at, one in enumerate(slices) if one.layer.startswith("self_attn")]
    assert not_called(slices, activations.columns, unseen) == []


def test_hooks_fire_in_a_submodule_that_is_compiled() -> None:
    body = torch.compile(nn.Sequential(nn.Linear(4, 3), nn.Tanh()).double(), backend="eager")
    model, x = nn.Sequential(body, nn.Linear(3, 2).double()), normal(5, 4)
    model(x)  # compiled before there are hooks
    values, columns = activations_of(model, x)
    assert [column.layer for column in columns] == ["0._orig_mod.0"] * 3 + ["1"] * 2
    assert torch.allclose(values[:, 3:], model(x))


def test_a_layer_that_a_called_one_is_tied_to_is_not_listed_as_idle() -> None:
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(3, 3), nn.Linear(3, 3)
            self.idle.weight = self.used.weight

        def forward(self, x):
            return self.used(x)

    model = Tied().double()
    _, columns = activations_of(model, normal(2, 3))
    (listed,) = not_called(find_slices(model)[0], columns)
    assert (listed.layer, listed.parameters) == ("idle", 3)
