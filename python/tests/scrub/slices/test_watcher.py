"""The watcher of layer calls: what a call holds, what is kept, and that nothing stays behind."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Activations, Scrubber
from lcodec.scrub.options import Preset
from lcodec.scrub.slices.calls import LayerCalls, pull, traced
from python.tests.scrub.networks import Twice, fill, labels, normal
from python.tests.scrub.slices.columns import IDS, MASK, Masked


def hooks_left(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def named(model, *names):
    return {name: model.get_submodule(name) for name in names}


def test_calls_come_pass_by_pass_in_their_order() -> None:
    model, x = Twice(), normal(5, 4)
    with LayerCalls(model, named(model, "head", "body"), lambda call: call) as watcher:
        model(x)
        model(x=2 * x)
        first, second = watcher.take()
        assert watcher.take() == []
    for calls, seen in ((first, x), (second, 2 * x)):
        assert [(call.layer, call.number) for call in calls] == [
            ("body", 0),
            ("body", 1),
            ("head", 0),
        ]
        assert all(call.module is model.get_submodule(call.layer) for call in calls)
        assert all(call.rows == 5 and call.mask is None and call.ids is None for call in calls)
        assert torch.equal(calls[0].input, seen)
        assert torch.equal(calls[1].input, torch.tanh(calls[0].output))
        assert torch.equal(calls[2].output, model(seen))


class Halves(nn.Module):
    """Calls itself for each half of its input; refuses more than two halves."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3).double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1] > 8:
            raise RuntimeError("too wide")
        if x.shape[1] == 8:
            halves: torch.Tensor = self(x[:, :4]) + self(x[:, 4:])
            return halves
        scores: torch.Tensor = self.layer(x)
        return scores


def test_calls_of_a_model_by_itself_belong_to_the_pass_that_they_are_in() -> None:
    model, x = Halves(), normal(5, 8)
    with LayerCalls(model, named(model, "layer"), lambda call: call) as watcher:
        model(x)
        ((first, second),) = watcher.take()
        assert [first.number, second.number] == [0, 1]
        assert torch.equal(first.output + second.output, model(x))
        watcher.take()
        for _ in range(2):
            with pytest.raises(RuntimeError, match="too wide"):
                model(normal(5, 9))
        watcher.take()
        model(x)
        model(x)
        assert [len(calls) for calls in watcher.take()] == [2, 2]


@pytest.mark.parametrize("preset", [None, "paper"])
def test_samples_are_removed_from_a_model_that_calls_itself(preset: Preset | None) -> None:
    data, loss = (normal(30, 8), labels(30, 3)), nn.CrossEntropyLoss()
    scrubber = Scrubber(fill(Halves()), loss, data, preset=preset, perturbations=60, damping=0.1)
    assert scrubber.plan([3]).parameters_touched in (5, 10, 15)
    assert scrubber.remove([3]).step_norm > 0


def test_only_what_is_kept_comes_back() -> None:
    model, x = Twice(), normal(5, 4)
    with LayerCalls(model, named(model, "head", "body"), lambda call: call.number or None) as calls:
        model(x)
        assert calls.take() == [[1]]


def test_a_layer_that_is_called_without_its_model() -> None:
    model, x = Twice(), normal(5, 4)
    with LayerCalls(model, named(model, "body"), lambda call: call) as calls:
        model.body(input=x)
        ((call,),) = calls.take()
    assert call.rows is None
    assert call.args == ()
    assert call.input is x


def test_the_mask_and_the_ids_of_a_pass() -> None:
    model = Masked()
    layers = named(model, "words", "body")
    with LayerCalls(model, layers, lambda call: call, mask="attention_mask") as watcher:
        model(IDS, MASK)
        model(ids=IDS)
        (words, body), (later, _) = watcher.take()
    assert words.ids is IDS
    assert words.mask is body.mask is MASK
    assert body.ids is None
    assert later.mask is None
    with LayerCalls(model, layers, lambda call: call.mask) as watcher:
        model(IDS, MASK)
        assert watcher.take() == [[]]


def test_copies_keep_outputs_from_what_the_model_does_in_place() -> None:
    model = fill(nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True)))
    x = normal(6, 4)
    wanted = nn.functional.linear(x, model[0].weight, model[0].bias)
    for copies in (True, False):
        keep = LayerCalls(model, {"0": model[0]}, lambda call: call.output, copies=copies)
        with torch.no_grad(), keep as watcher:
            outputs = model(x)
            ((kept,),) = watcher.take()
        assert torch.equal(kept, wanted if copies else wanted.relu())
        assert torch.equal(outputs, wanted.relu())


def test_derivatives_reach_outputs_that_are_overwritten() -> None:
    model = fill(nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 2)))
    x, weights = normal(6, 4), normal(6, 2, seed=1)
    with LayerCalls(model, named(model, "0", "2"), traced) as watcher:
        outputs = model(x)
        (calls,) = watcher.take()
    assert [call.shape for call in calls] == [(6, 5), (6, 2)]
    assert not calls[1].input.requires_grad
    first, last = pull(outputs, calls, weights)
    active = nn.functional.linear(x, model[0].weight, model[0].bias) > 0
    assert torch.equal(last, weights)
    assert torch.allclose(first, weights @ model[2].weight * active)
    assert pull(outputs, [], weights) == []
    with torch.no_grad(), LayerCalls(model, named(model, "0"), traced) as watcher:
        model(x)
        assert watcher.take() == [[]]


def test_calls_in_another_order_are_refused() -> None:
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = fill(nn.Linear(3, 3)), fill(nn.Linear(3, 3))

        def forward(self, x, turned=False):
            return self.a(self.b(x)) if turned else self.b(self.a(x))

    model, x = Turned(), normal(2, 3)
    layers = named(model, "a", "b")
    with LayerCalls(model, layers, lambda call: call.layer) as watcher:
        model(x)
        model(x, turned=True)
        assert watcher.take() == [["a", "b"], ["b", "a"]]
    with LayerCalls(model, layers, lambda call: call.layer, same_order=True) as watcher:
        model(x)
        watcher.take()
        model(x)
        model(x, turned=True)
        with pytest.raises(LcodecError, match="same layers in every forward pass") as caught:
            watcher.take()
    assert caught.value.id == "lcodec:callOrder"


def test_a_first_pass_without_the_layers_is_another_order() -> None:
    model = Halves()
    with Activations(model) as activations:
        with pytest.raises(RuntimeError, match="too wide"):
            model(normal(5, 9))
        model(normal(5, 8))
        with pytest.raises(LcodecError, match="same layers in every forward pass"):
            activations.take()


def test_hooks_go_whatever_happens() -> None:
    model, x = Twice(), normal(5, 4)
    watcher = LayerCalls(model, named(model, "body", "head"), lambda call: call.layer)
    for _ in range(2):  # it can be opened again
        with watcher:
            assert hooks_left(model) == 4  # where a pass begins and ends, and on two layers
            model(x)
        assert hooks_left(model) == 0
        assert watcher.take() == [["body", "body", "head"]]
    with pytest.raises(RuntimeError, match="mat1 and mat2"), watcher:
        model(x[:, :3])
    assert hooks_left(model) == 0
    assert watcher.take() == []  # nothing of a pass that failed
    broken = LayerCalls(model, {"body": model.body, "none": None}, lambda call: call)
    with pytest.raises(AttributeError), broken:
        pass
    assert hooks_left(model) == 0
