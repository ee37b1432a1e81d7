"""A removal is done whole or not at all."""

import pytest
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, writing
from lcodec.scrub.step import newton as update
from python.tests.scrub.networks import Counter, conv_data, conv_net, fill, labels, normal
from python.tests.scrub.paper import same, scrubber, state

TWO_STEPS = {"perturbations": 100, "weight_decay": 0.1, "damping": 0.1, "steps": 2}


class Fails(nn.Module):
    """A loss that works `calls` times and then raises."""

    def __init__(self, calls, error):
        super().__init__()
        self.calls, self.error = calls, error

    def forward(self, outputs, targets):
        self.calls -= 1
        if self.calls < 0:
            raise self.error
        return nn.functional.cross_entropy(outputs, targets)


def unchanged_after(model, error, act):
    model.train()
    model[1].eval()
    before = state(model)
    modes = [module.training for module in model.modules()]
    with pytest.raises((type(error), LcodecError), match=str(error)):
        act()
    assert same(before, state(model))
    assert modes == [module.training for module in model.modules()]
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("error", [RuntimeError("late"), KeyboardInterrupt("stop")])
@pytest.mark.parametrize("calls", [0, 1, 3, 4, 6, 8, 9, 11, 14, 17, 20, 22, 24, 27])
def test_nothing_changes_when_the_loss_raises_at_any_stage(calls, error) -> None:
    model = conv_net()
    loss = Fails(calls, error)
    scrub = Scrubber(model, loss, conv_data(40), **TWO_STEPS)
    unchanged_after(model, error, lambda: scrub.remove(conv_data(5, seed=7)))


def test_the_loss_above_is_called_as_often_as_there_are_stages() -> None:
    """To see that it is always the same; its form on either data; two gradients of a few samples.

    Then two gradients, two perturbed batches, the gradient in the selected slices, and for each of
    two steps the curvature and three checks. Most passes call it twice, to see that the loss of the
    batch is that of its samples.
    """

    def remove(calls):
        loss = Fails(calls, RuntimeError("late"))
        scrub = Scrubber(conv_net(), loss, conv_data(40), **TWO_STEPS)
        scrub.remove(conv_data(5, seed=7))

    remove(29)
    with pytest.raises(RuntimeError, match="late"):
        remove(28)


@pytest.mark.parametrize("error", [RuntimeError("disk"), KeyboardInterrupt("stop")])
def test_nothing_changes_when_writing_is_cut_short(error, monkeypatch: pytest.MonkeyPatch) -> None:
    model = conv_net()
    write = writing.apply_step

    def half(tensors, step):
        write(tensors, dict(list(step.items())[:1]))
        raise error

    monkeypatch.setattr(writing, "apply_step", half)
    unchanged_after(model, error, lambda: scrubber(model).remove(conv_data(5, seed=7)))


def test_nothing_changes_when_the_step_is_not_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    model = conv_net()
    step = update.newton_step

    def endless(*args, **options):
        found = step(*args, **options)
        found.step.fill_(1e300)
        return found

    monkeypatch.setattr(update, "newton_step", endless)
    error = LcodecError("lcodec:nonFinite", "must be finite, got NaN or infinite values")
    unchanged_after(model, error, lambda: scrubber(model).remove(conv_data(5, seed=7)))


def test_buffers_are_put_back_when_a_pass_changes_them() -> None:
    model = fill(Counter())
    scrub = scrubber(model, (normal(30, 4), labels(30, 3)), select="all")
    scrub.remove((normal(4, 4, seed=2), labels(4, 3)))
    assert model.passes == 0
    model(normal(1, 4))
    assert model.passes == 1
