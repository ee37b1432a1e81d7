"""The loss of single samples, and its sum over a batch by one call."""

import pytest
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.objective.loss import PerSampleLoss, known_form
from python.tests.scrub.networks import labels, normal

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
def test_the_sum_by_one_call_is_that_of_single_samples(loss, targets):
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


def test_sums_and_means_of_pairs_are_refused():
    def pairs(outputs, targets):
        return (outputs[:, None] - outputs[None]).square().mean()

    with pytest.raises(LcodecError, match="mean or the sum of the losses of single samples"):
        PerSampleLoss(pairs).check(OUTPUTS[:4], CLASSES[:4])


@pytest.mark.parametrize(("loss", "targets"), CASES, ids=lambda one: str(one)[:20])
def test_the_form_of_torchs_own_losses_is_known(loss, targets):
    assert known_form(loss, OUTPUTS, targets) == loss.reduction


def test_where_the_form_must_be_tried():
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
