"""Uses of the scrubber that are less usual, each of which once went wrong."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lcodec import LcodecError
from lcodec.scrub import Scrubber, baselines

from .networks import fill, labels, normal

X, Y = normal(40, 4), labels(40, 3)
CROSS_ENTROPY = nn.CrossEntropyLoss()


def network(outputs=3, *more):
    return fill(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, outputs), *more))


def scrubber(model, loss=CROSS_ENTROPY, retained=(X, Y), **options):
    wanted = {"perturbations": 50, "damping": 0.1, "select": "last_layer", **options}
    return Scrubber(model, loss, retained, **wanted)


def refused(id, match, call):
    with pytest.raises(LcodecError, match=match) as caught:
        call()
    assert caught.value.id == f"lcodec:{id}"


# --- outputs without an axis of their own ---------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "dense"},
        {"solver": "woodbury"},
        {"solver": "cg"},
        {"curvature": "exact"},
        {"curvature": "fisher"},
    ],
    ids=str,
)
def test_outputs_of_one_axis_are_as_good_as_those_of_two(options):
    target = (Y > 0).double()
    flat, deep = network(1, nn.Flatten(0)), network(1)
    scrubber(flat, nn.BCEWithLogitsLoss(), (X, target), **options).remove([0, 1])
    scrubber(deep, nn.BCEWithLogitsLoss(), (X, target[:, None]), **options).remove([0, 1])
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["newton_cg", "kfac_newton", "ssd", "fisher_forgetting"])
def test_baselines_take_outputs_of_one_axis(name):
    target = (Y > 0).double()
    loss = nn.BCEWithLogitsLoss()
    flat, deep = (
        baselines.run(name, model, loss, (X[5:], y[5:]), (X[:5], y[:5]))[0]
        for model, y in [(network(1, nn.Flatten(0)), target), (network(1), target[:, None])]
    )
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)


# --- losses ---------------------------------------------------------------------------------------


def test_ignored_targets_are_found_wherever_they_are():
    ignored = Y.clone()
    ignored[20:30] = -100
    scrub = scrubber(network(), CROSS_ENTROPY, (X, ignored))
    refused("lossSample", "by itself, got NaN for row 18 of 38", lambda: scrub.remove([0, 1]))
    summed = scrubber(network(), nn.CrossEntropyLoss(reduction="sum"), (X, ignored))
    assert summed.remove([0, 1]).gradient_after < summed.plan([2]).gradient_before * 1.01


def test_weights_of_classes_hidden_in_a_function_are_found_wherever_they_matter():
    weight = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    same = (Y == 1).nonzero()[:4, 0]  # the weights cancel in their mean
    scrub = scrubber(network(), lambda o, t: cross_entropy(o, t, weight=weight))
    refused("lossBatch", "use reduction='sum'", lambda: scrub.remove(same))


@pytest.mark.parametrize(
    ("loss", "target", "match"),
    [
        (CROSS_ENTROPY, Y.double(), "got RuntimeError for outputs .* and torch.float64 targets"),
        (CROSS_ENTROPY, Y + 5, "Target . is out of bounds"),
        (lambda o, t: (o if o.sum() > 0 else -o).mean(), Y, "under torch.func.vmap, got"),
        (lambda o, t: 1.0, Y, "'float' object has no attribute"),
    ],
    ids=["dtype", "range", "control flow", "number"],
)
def test_a_loss_that_cannot_be_called_says_how_it_was(loss, target, match):
    refused("lossCall", match, lambda: scrubber(network(), loss, (X, target)).remove([0, 1]))


def test_a_class_is_no_loss():
    refused("optionType", "got the class MSELoss", lambda: scrubber(network(), nn.MSELoss))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_targets_come_to_the_loss_in_its_own_precision(dtype):
    target = (Y > 0).double()
    model = network(1, nn.Sigmoid(), nn.Flatten(0)).to(dtype)  # BCELoss takes no mixed dtypes
    assert scrubber(model, nn.BCELoss(), (X, target)).remove([0, 1]).forgotten == 2


def test_weights_of_outputs_are_no_weights_of_classes():
    weight = torch.tensor([1.0, 2.0, 3.0])
    loss = nn.BCEWithLogitsLoss(weight=weight)  # its mean divides by the outputs alone
    assert scrubber(network(), loss, (X, normal(40, 3).sigmoid())).remove([0, 1]).forgotten == 2
