"""What a few samples show before a removal: losses and models that would lead it astray."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from lcodec import LcodecWarning
from python.tests.scrub.networks import fill, normal
from python.tests.scrub.perceptron import CROSS_ENTROPY, X, Y, network, refused, scrubber


def weights_of(model: nn.Module) -> list[torch.Tensor]:
    return [part.detach().clone() for part in model.state_dict().values()]


def refused_as_found(id: str, match: str, model: nn.Module, loss=CROSS_ENTROPY, **options) -> None:
    """Both ways of asking are refused, and nothing of the model has changed."""
    found, modes = weights_of(model), [module.training for module in model.modules()]
    for ask in (scrubber(model, loss, **options).plan, scrubber(model, loss, **options).remove):
        refused(id, match, lambda ask=ask: ask([0, 1]))
    assert all(torch.equal(a, b) for a, b in zip(found, weights_of(model), strict=True))
    assert [module.training for module in model.modules()] == modes


# --- the loss ------------------------------------------------------------------------------------


def test_a_penalty_inside_the_loss_is_refused() -> None:
    model = network()

    def ridge(outputs, targets):
        return functional.cross_entropy(outputs, targets) + 0.1 * model[0].weight.square().sum()

    refused_as_found("lossPenalty", "give `weight_decay`", model, ridge)


def test_a_loss_that_holds_the_model_is_refused() -> None:
    class Ridge(nn.CrossEntropyLoss):
        def __init__(self, model):
            super().__init__()
            self.model = model

    model = network()
    refused_as_found("lossPenalty", "holds the model's `0.weight`", model, Ridge(model))


def test_a_loss_with_parameters_of_its_own_is_taken_as_it_is() -> None:
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(0.5))

        def forward(self, outputs, targets):
            return functional.cross_entropy(self.scale * outputs, targets)

    loss = Scaled()
    assert scrubber(network(), loss).remove([0, 1]).step_norm > 0
    assert loss.scale.grad is None
    assert loss.scale.requires_grad


def test_a_loss_that_mixes_at_random_is_refused() -> None:
    source = torch.Generator().manual_seed(0)

    def mixed(outputs, targets):
        share = float(torch.rand((), generator=source))
        return share * functional.cross_entropy(outputs, targets)

    refused_as_found("lossChanges", "the same for the same outputs", network(), mixed)


def test_a_loss_may_change_what_it_is_given() -> None:
    def clean(outputs, targets):
        return functional.cross_entropy(2 * outputs, 2 - targets)

    def smudging(outputs, targets):
        return functional.cross_entropy(outputs.mul_(2), targets.mul_(-1).add_(2))

    kept, other, targets = network(), network(), Y.clone()
    scrubber(kept, clean).remove([0, 1])
    scrubber(other, smudging, (X, targets)).remove([0, 1])
    assert torch.equal(targets, Y)
    torch.testing.assert_close(other[2].weight, kept[2].weight, rtol=1e-9, atol=1e-12)


# --- the weights ---------------------------------------------------------------------------------


class Listed(nn.Module):
    """A head whose weight is in a list."""

    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(4, 6), nn.Linear(6, 3)
        self.kept = [self.head.weight]

    def forward(self, x):
        return functional.linear(torch.tanh(self.body(x)), self.kept[0], self.head.bias)


def test_a_weight_that_is_used_through_a_list_is_refused() -> None:
    refused_as_found("weightUse", "`head.weight` as an attribute", fill(Listed()))


def test_outputs_without_a_gradient_are_refused() -> None:
    class Frozen(nn.Sequential):
        def forward(self, x):
            with torch.no_grad():
                return super().forward(x)

    refused_as_found("noGradient", "pass gradients on", fill(Frozen(nn.Linear(4, 3))))


def test_tied_and_normalised_weights_are_as_good_as_others() -> None:
    tied = network(4, nn.Linear(4, 6), nn.Linear(6, 4))
    tied[4].weight = tied[2].weight
    norm = nn.utils.parametrizations.weight_norm
    for model in (tied, nn.Sequential(norm(nn.Linear(4, 6)).double(), *network()[1:])):
        scrubber(model).plan([0, 1])


# --- the mode ------------------------------------------------------------------------------------


class Two(nn.Module):
    """Logits in training; in evaluation mode what `then` makes of the features and the logits."""

    def __init__(self, then, width: int = 6, in_training=lambda h, logits: logits):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, width), nn.BatchNorm1d(width), nn.Dropout(0.5))
        self.head = nn.Linear(width, 3)
        self.then, self.in_training = then, in_training

    def forward(self, x):
        h = torch.tanh(self.body(x))
        return (self.in_training if self.training else self.then)(h, self.head(h))


@pytest.mark.parametrize(
    "model",
    [
        Two(lambda h, logits: h),
        Two(lambda h, logits: logits, in_training=lambda h, logits: (logits, h)),
    ],
    ids=["features", "tuple"],
)
def test_other_outputs_in_training_are_refused(model) -> None:
    model = fill(model)
    refused_as_found("evalOutputs", "in both modes what `loss` was trained on", model)
    assert model.body[1].num_batches_tracked == 0


def test_other_values_in_training_are_warned_of() -> None:
    model = fill(Two(lambda h, logits: logits.softmax(1)))
    with pytest.warns(LcodecWarning, match="other values in evaluation mode") as caught:
        scrubber(model).plan([0, 1])
    found = [warning.message.id for warning in caught]
    assert found == ["lcodec:evalOutputs", "lcodec:trainingMode"]
    assert caught[0].filename == __file__  # where it was called


class Chance(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        noise = torch.randn_like(x) if self.training else 0.0
        return functional.dropout(self.body(x + noise), 0.5, self.training)


@pytest.mark.parametrize(
    "model",
    [Two(lambda h, logits: logits), Two(lambda h, logits: logits).train(), Chance(network())],
    ids=["eval", "train", "chance"],
)
def test_dropout_and_batch_norm_are_no_other_outputs(model) -> None:
    model = fill(copy.deepcopy(model))
    state, random = weights_of(model), torch.get_rng_state()
    scrubber(model, select="all").plan([0, 1])
    assert all(torch.equal(a, b) for a, b in zip(state, weights_of(model), strict=True))
    assert torch.equal(torch.get_rng_state(), random)


def test_a_model_that_cannot_run_in_training_is_taken_as_it_is() -> None:
    class Wanting(nn.Sequential):
        def forward(self, x, targets=None):
            if self.training and targets is None:
                raise ValueError("targets")
            return super().forward(x)

    scrubber(fill(Wanting(nn.Linear(4, 3)))).plan([0, 1])


class Merged(nn.Module):
    """An adapter that is added to the weight in evaluation mode, and taken off in training."""

    def __init__(self):
        super().__init__()
        self.layer, self.more = nn.Linear(4, 3), nn.Parameter(normal(3, 4))
        self.merged = False

    def train(self, mode=True):
        super().train(mode)
        if self.merged == mode:
            with torch.no_grad():
                self.layer.weight += (-1 if mode else 1) * self.more
            self.merged = not mode
        return self

    def forward(self, x):
        return self.layer(x) if self.merged else self.layer(x) + x @ self.more.T


def test_weights_that_change_with_the_mode_are_refused() -> None:
    model = fill(Merged())
    refused_as_found("modelMode", "keep its weights", model)
    assert not model.merged
    refused_as_found("modelMode", "keep its weights", model.eval())
    assert model.merged
