"""Callbacks hear of every stage and every step, with the numbers of the report, and can stop it."""

import json

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Event, Scrubber, Sekhari, read_entries
from python.tests.scrub.networks import conv_net, normal
from python.tests.scrub.paper import same, scrubber, state

SEVERAL = {"weight_decay": 1.0, "select": "last_layer"}  # steps
MEASURED = {"gradient", "residual", "loss", "accuracy", "change"}


def heard(events, name):
    return [event for event in events if event.name == name]


@pytest.mark.parametrize("act", ["plan", "remove"])
def test_every_run_of_a_stage_is_told_with_its_seconds(act) -> None:
    events = []
    report = getattr(scrubber(callbacks=events.append), act)([1, 2, 3])
    stages = [event for event in events if event.numbers.keys() == {"seconds"}]
    assert {event.name for event in stages} == report.seconds.keys()
    for name, seconds in report.seconds.items():
        told = [event.numbers["seconds"] for event in heard(stages, name)]
        assert sum(told) == pytest.approx(seconds, rel=1e-9)
        assert len(told) > 1 or name in ("try", "gradient", "record", "select")
    names = list(dict.fromkeys(event.name for event in stages))
    assert names == ["try", "gradient", "record", "select", "curvature", "solve", "check"]


def test_steps_go_from_the_numbers_before_to_those_after() -> None:
    events = []
    report = scrubber(callbacks=events.append, **SEVERAL).remove([1, 2, 3])
    steps = heard(events, "step")
    assert [event.step for event in steps] == list(range(report.steps + 1))
    assert report.steps > 1
    assert steps[0].numbers == {
        "gradient": report.gradient_before,
        "residual": report.residual_before,
        "loss": report.loss_before,
        "accuracy": report.accuracy_before,
        "change": 0.0,
    }
    assert steps[-1].numbers == {
        "gradient": report.gradient_after,
        "residual": report.residual_after,
        "loss": report.loss_after,
        "accuracy": report.accuracy_after,
        "change": report.actual_change,
        "damping": report.damping,
        "step_norm": report.step_norm,
    }
    known = [event.step for event in events]
    assert known == sorted(known)
    assert events[-1].step == report.steps


def test_what_there_is_not_is_left_out() -> None:
    events = []
    options = {"select": "all", "step": "ascent", "callbacks": events.append}
    model = nn.Linear(4, 1).double()
    Scrubber(model, nn.MSELoss(), (normal(30, 4), normal(30, 1)), **options).remove([0])
    first, last = heard(events, "step")
    assert first.numbers.keys() == MEASURED - {"accuracy"}
    assert last.numbers.keys() == (MEASURED - {"accuracy"}) | {"step_norm"}


def test_noise_is_told_last() -> None:
    events = []
    privacy = Sekhari(0.5, 1e-3, 1.0, 1.0, 1.0, scope="all")
    scrub = scrubber(callbacks=events.append, privacy=privacy, damping=1.0)
    scrub.plan([1, 2])
    assert not heard(events, "noise")
    report = scrub.remove([1, 2])
    (noise,) = heard(events, "noise")
    assert noise is events[-1]
    assert noise.numbers["residual"] == report.residual_after
    assert noise.numbers["residual"] != heard(events, "step")[-1].numbers["residual"]


def test_several_are_called_in_order_and_change_nothing() -> None:
    order = []
    model, plain = conv_net(), conv_net()
    both = [lambda event: order.append((1, event)), lambda event: order.append((2, event))]
    report = scrubber(model, callbacks=both).remove([1, 2])
    scrubber(plain).remove([1, 2])
    assert same(state(model), state(plain))
    assert [who for who, _ in order] == [1, 2] * (len(order) // 2)
    assert order[0][1] == order[1][1]
    assert isinstance(order[0][1], Event)
    assert len(json.loads(json.dumps(report.options["callbacks"]))) == 2
    assert scrubber().plan([1]).options["callbacks"] is None


class Stop:
    """Raises at an event."""

    def __init__(self, at, error):
        self.left, self.error = at, error

    def __call__(self, event):
        if self.left == 0:
            raise self.error
        self.left -= 1


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt("stop")])
@pytest.mark.parametrize("act", ["plan", "remove"])
def test_an_error_in_a_callback_leaves_the_model_as_it_was(act, error, tmp_path) -> None:
    options = {**SEVERAL, "damping": 0.1, "steps": 2}
    told = []
    getattr(scrubber(callbacks=told.append, **options), act)([1, 2])
    assert heard(told, "step")[-1].step > 1  # so that further steps, which hold weights, are tried
    for at in range(len(told)):
        model, path = conv_net(), tmp_path / f"{at}.jsonl"
        model.train()
        before = state(model)
        random = torch.random.get_rng_state()
        with scrubber(model, callbacks=Stop(at, error), ledger=path, **options) as scrub:
            with pytest.raises(type(error), match="stop"):
                getattr(scrub, act)([1, 2])
            assert same(state(model), before)
            assert all(module.training for module in model.modules())
            assert not any(module._forward_hooks for module in model.modules())
            assert torch.equal(random, torch.random.get_rng_state())
            with pytest.raises(LcodecError, match="got none to take back"):
                scrub.undo()
        assert not list(read_entries(path))


@pytest.mark.parametrize("value", [3, "tensorboard", [print, 3], {"a": print}])
def test_what_is_no_callback(value) -> None:
    with pytest.raises(LcodecError, match="`callbacks` must be callable or a sequence of") as error:
        scrubber(callbacks=value)
    assert error.value.id == "lcodec:optionType"
