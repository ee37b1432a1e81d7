"""A removal is the same wherever it is called: autocast, compiled parts, checkpoints, devices."""

import copy
import threading
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils import checkpoint

from lcodec.scrub import Activations, evaluate
from lcodec.scrub.objective import surroundings
from python.tests.scrub.networks import fill, labels, normal
from python.tests.scrub.perceptron import CROSS_ENTROPY, X, Y, network, refused, scrubber


def after(model: nn.Module, around=nullcontext, data=(X, Y), **options) -> dict[str, torch.Tensor]:
    with around():
        scrubber(model, retained=data, select="all", **options).remove([0, 1])
    return model.state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def test_autocast_changes_no_bit_and_keeps_no_old_weight() -> None:
    data = X.float(), Y
    outside, inside = network().float(), network().float()
    wanted = after(outside, data=data)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside(data[0])  # the cache of autocast now holds the weights as they were
        assert same(after(inside, data=data), wanted)
        assert torch.equal(inside(data[0]), outside(data[0]))
        assert torch.is_autocast_enabled("cpu")
        inner = evaluate(inside, loss=CROSS_ENTROPY, retained=data, forgotten=data)
    assert inner == evaluate(inside, loss=CROSS_ENTROPY, retained=data, forgotten=data)


class Checkpointed(nn.Module):
    """One block, or the first, computes its activations again in the backward pass."""

    def __init__(self, block=None, reentrant: bool = False):
        super().__init__()
        self.first, self.block, self.last = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)
        self.where, self.reentrant = block, reentrant

    def _run(self, name, function, x):
        if self.where != name:
            return function(x)
        return checkpoint.checkpoint(function, x, use_reentrant=self.reentrant)

    def forward(self, x):
        h = self._run("first", lambda x: torch.tanh(self.first(x)), x)
        return self.last(self._run("block", lambda h: torch.tanh(self.block(h) * h), h))


@pytest.mark.parametrize("options", [{}, {"curvature": "exact"}, {"select": "lfoci"}], ids=str)
@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("block", ["first", "block"])
def test_checkpointing_changes_no_bit(block, reentrant, options) -> None:
    options = {"select": "all", **options}
    found = []
    for model in (Checkpointed(), Checkpointed(block, reentrant)):
        report = scrubber(fill(model), **options).remove([0, 1])
        found.append((model.state_dict(), report.gradient_after))
    assert same(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_checkpoints_are_back_when_the_last_thread_is_done() -> None:
    found = {name: getattr(checkpoint, name) for name in surroundings._REPLACED}
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with surroundings.plainly(network()):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with surroundings.plainly(network()):
        thread.start()
        assert entered.wait(30)
    assert checkpoint.CheckpointFunction is not found["CheckpointFunction"]
    leave.set()
    thread.join()
    assert all(getattr(checkpoint, name) is value for name, value in found.items())


def in_place(part: nn.Module) -> nn.Module:
    part.compile(backend="eager")
    return part


class Wrapped(nn.Module):
    def __init__(self, body: nn.Module):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)


def compiled(part: nn.Module) -> nn.Module:
    whole: Any = torch.compile(part, backend="eager")
    return whole


@pytest.mark.skipif(not hasattr(torch.compiler, "set_stance"), reason="torch before 2.6")
@pytest.mark.parametrize("select", ["all", "lfoci"])
@pytest.mark.parametrize(
    "make",
    [
        lambda net: nn.Sequential(compiled(net[0]), *net[1:]),
        lambda net: Wrapped(compiled(net)),
        lambda net: Wrapped(in_place(net)),
        in_place,
    ],
    ids=["layer", "body", "in place", "whole, in place"],
)
def test_compiled_parts_are_as_good_as_others(make, select) -> None:
    model, plain = make(network()), network()
    model(X)  # as in training
    reports = [scrubber(each, select=select).remove([0, 1]) for each in (model, plain)]
    assert reports[0].parameters_touched == reports[1].parameters_touched
    assert not reports[0].uncovered
    assert same(model.state_dict(), plain.state_dict())
    with Activations(model) as activations:
        model(X)
    assert activations.take().shape == (40, 9)
    torch._dynamo.reset()


def test_compiled_parts_need_a_torch_that_can_set_them_aside(monkeypatch) -> None:
    monkeypatch.delattr(torch.compiler, "set_stance", raising=False)
    model = Wrapped(compiled(network()))
    refused("modelKind", "torch 2.6 or later", lambda: scrubber(model).plan([0]))


def test_another_default_device_plays_no_part() -> None:
    wanted = after(network())
    model = network()
    seen = []

    def perturb(inputs, generator):
        return inputs + 0.1 * torch.randn(inputs.shape, generator=generator)

    class Asking(nn.Sequential):
        def forward(self, x):
            seen.append(torch.empty(0).device.type)
            return super().forward(x)

    with torch.device("meta"):
        found = after(model)
        scrubber(Asking(*copy.deepcopy(model)), select="lfoci", perturb=perturb).plan([0, 1])
    assert same(found, wanted)
    assert set(seen) == {"meta"}  # the model itself finds what its author set


def test_data_of_inference_mode_are_as_good_as_others() -> None:
    with torch.inference_mode():
        data = X.clone(), Y.clone()
    assert same(after(network(), data=data), after(network()))


def test_buffers_of_inference_mode_are_refused() -> None:
    model = fill(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)))
    with torch.inference_mode():
        model[1].running_mean = torch.zeros(6, dtype=torch.float64)
    refused("inferenceMode", r"buffer `1.running_mean`.*`clone\(\)`", lambda: after(model))


class Clamped(nn.Module):
    """Changes its inputs in place."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 3)

    def forward(self, x):
        x -= 0.5
        return self.inner(x.clamp_(-1, 1))


@pytest.mark.parametrize("options", [{}, {"solver": "cg"}, {"curvature": "exact"}], ids=str)
def test_a_forward_pass_may_change_its_inputs(options) -> None:
    class Clean(Clamped):
        def forward(self, x):
            return self.inner((x - 0.5).clamp(-1, 1))

    data = X.clone(), Y
    model, clean = fill(Clamped()), fill(Clean())
    assert same(after(model, data=data, **options), after(clean, **options))
    evaluate(model, loss=CROSS_ENTROPY, retained=data, forgotten=data)
    assert torch.equal(data[0], X)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    ("make", "match"),
    [
        (torch.jit.script, "scripted from"),
        (lambda net: nn.Sequential(torch.jit.script(net)), "TorchScript in `0`"),
        (nn.DataParallel, "pass `model.module`"),
        (
            lambda net: nn.Sequential(
                net, torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 3)))
            ),
            "quantised Linear in `1.0`",
        ),
    ],
    ids=["script", "scripted part", "DataParallel", "int8"],
)
def test_models_whose_weights_cannot_be_swapped_are_refused(make, match) -> None:
    refused("modelKind", match, lambda: scrubber(make(network())))


def test_exported_programs_are_refused() -> None:
    model = torch.export.export(network(), (X[:8],)).module()
    refused("modelMode", "that it was made from", lambda: scrubber(model).plan([0]))


def test_a_layer_in_channels_last_has_its_whole_gradient() -> None:
    data = normal(40, 2, 3, 3), labels(40, 3)
    found = []
    for form in (torch.contiguous_format, torch.channels_last):
        model = fill(nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(12, 3)))
        plan = scrubber(model.to(memory_format=form), retained=data, weight_decay=0.5).plan([0, 1])
        found.append(plan.gradient_before)
    assert found[0] == pytest.approx(found[1], rel=1e-10)
