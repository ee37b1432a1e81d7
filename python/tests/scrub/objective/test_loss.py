"""The loss of single samples, and its sum over a batch by one call."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lcodec import LcodecError
from lcodec.scrub import Scrubber, fingerprint
from lcodec.scrub.objective.loss import PerSampleLoss, known_form
from python.tests.scrub import convolution
from python.tests.scrub.networks import conv_data, conv_net, labels, normal
from python.tests.scrub.perceptron import CROSS_ENTROPY, X, Y, network, refused, scrubber

OUTPUTS, CLASSES, NUMBERS = normal(30, 4), labels(30, 4), normal(30, 4, seed=1)
CASES = [
    (make(reduction=reduction), targets)
    for make, targets in [
        (nn.CrossEntropyLoss, CLASSES),
        (nn.MSELoss, NUMBERS),
        (nn.HuberLoss, NUMBERS),
        (nn.BCEWithLogitsLoss, NUMBERS.sigmoid()),
    ]
    for reduction in ("mean", "sum", "none")
]


@pytest.mark.parametrize(("loss", "targets"), CASES, ids=lambda one: str(one)[:20])
def test_the_sum_by_one_call_is_that_of_single_samples(loss, targets) -> None:
    one_by_one = sum(
        loss(OUTPUTS[row : row + 1], targets[row : row + 1]).mean().item() for row in range(30)
    )
    found = PerSampleLoss(loss)
    assert found(OUTPUTS, targets).shape == (30,)
    unchecked = found.total(OUTPUTS, targets).item()
    found.check(OUTPUTS[:4], targets[:4])
    assert unchecked == pytest.approx(one_by_one, rel=1e-12)
    assert found.total(OUTPUTS, targets).item() == pytest.approx(one_by_one, rel=1e-12)
    found.check(OUTPUTS[:1], targets[:1])  # one sample does not tell a mean from a sum
    assert found.total(OUTPUTS, targets).item() == pytest.approx(one_by_one, rel=1e-12)


def test_sums_and_means_of_pairs_are_refused() -> None:
    def pairs(outputs, targets):
        return (outputs[:, None] - outputs[None]).square().mean()

    with pytest.raises(LcodecError, match="mean or the sum of the losses of single samples"):
        PerSampleLoss(pairs).check(OUTPUTS[:4], CLASSES[:4])


@pytest.mark.parametrize(("loss", "targets"), CASES, ids=lambda one: str(one)[:20])
def test_the_form_of_torchs_own_losses_is_known(loss, targets) -> None:
    assert known_form(loss, OUTPUTS, targets) == loss.reduction


def test_where_the_form_must_be_tried() -> None:
    ignored = CLASSES.clone()
    ignored[3] = -100
    weighted = nn.CrossEntropyLoss(weight=NUMBERS[0].abs(), reduction="sum")
    for loss, targets in [
        (nn.CrossEntropyLoss(), ignored),
        (weighted, CLASSES),
        (nn.MSELoss(), NUMBERS[:, :1]),
        (type("Mine", (nn.MSELoss,), {})(), NUMBERS),
        (lambda outputs, targets: outputs.mean(), NUMBERS),
    ]:
        assert known_form(loss, OUTPUTS, targets) is None


@pytest.mark.parametrize(
    ("loss", "id", "message"),
    [
        ("mse", "optionType", "`loss` must be callable, got str"),
        (
            nn.CrossEntropyLoss(weight=torch.ones(3)),
            "lossWeights",
            "`loss` must have reduction='sum' or 'none' when it has class weights",
        ),
    ],
)
def test_losses_are_checked(loss, id, message) -> None:
    with pytest.raises(LcodecError) as caught:
        Scrubber(conv_net(), loss, conv_data())
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)


def test_a_loss_that_mixes_samples_is_refused() -> None:
    def normalised(outputs, targets):
        centred = outputs - outputs.mean(dim=0) / 2
        return nn.functional.cross_entropy(centred, targets)

    model = conv_net()
    before = fingerprint(model)
    scrub = Scrubber(model, normalised, (convolution.X, convolution.Y), select="all")
    convolution.refused(
        "lossBatch", "`loss` must be the mean or the sum", lambda: scrub.remove([1, 2, 3])
    )
    assert fingerprint(model) == before
    for reduction in ("none", "sum", "mean"):
        Scrubber(
            conv_net(),
            nn.CrossEntropyLoss(reduction=reduction),
            (convolution.X, convolution.Y),
            select="all",
        ).remove([1, 2, 3])


def test_ignored_targets_are_found_wherever_they_are() -> None:
    ignored = Y.clone()
    ignored[20:30] = -100
    scrub = scrubber(network(), CROSS_ENTROPY, (X, ignored))
    refused("lossSample", "by itself, got NaN for row 18 of 38", lambda: scrub.remove([0, 1]))
    summed = scrubber(network(), nn.CrossEntropyLoss(reduction="sum"), (X, ignored))
    assert summed.remove([0, 1]).residual_ratio < 1


def test_weights_of_classes_hidden_in_a_function_are_found_wherever_they_matter() -> None:
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
def test_a_loss_that_cannot_be_called_says_how_it_was(loss, target, match) -> None:
    refused("lossCall", match, lambda: scrubber(network(), loss, (X, target)).remove([0, 1]))


def test_a_class_is_no_loss() -> None:
    refused("optionType", "got the class MSELoss", lambda: scrubber(network(), nn.MSELoss))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_targets_come_to_the_loss_in_its_own_precision(dtype) -> None:
    target = (Y > 0).double()
    model = network(1, nn.Sigmoid(), nn.Flatten(0)).to(dtype)  # BCELoss takes no mixed dtypes
    assert scrubber(model, nn.BCELoss(), (X, target)).remove([0, 1]).forgotten == 2


def test_weights_of_outputs_are_no_weights_of_classes() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0])
    loss = nn.BCEWithLogitsLoss(weight=weight)  # its mean divides by the outputs alone
    assert scrubber(network(), loss, (X, normal(40, 3).sigmoid())).remove([0, 1]).forgotten == 2


def test_targets_of_another_shape_are_found_also_where_one_sample_hides_them() -> None:
    scrub = scrubber(network(), nn.HuberLoss(), (X, Y.double()))
    with pytest.warns(UserWarning, match="broadcasting"):  # torch's own
        refused("lossCall", "size of tensor a", lambda: scrub.remove([0]))
