"""What plans and reports say first, what they warn of, and what they are an account of."""

import warnings
from datetime import datetime

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError, LcodecWarning, __version__
from lcodec.scrub import Scrubber, accuracy, fingerprint, mean_loss
from lcodec.scrub.options import Options
from lcodec.scrub.samples.prints import Pass, digest
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub import perceptron
from python.tests.scrub.convolution import LOSS, X, Y, refused, scrubber
from python.tests.scrub.networks import conv_net, fill, labels, normal

# --- first lines ----------------------------------------------------------------------------------


def test_the_share_of_a_removal_is_what_it_changes_in_the_gradient() -> None:
    model = conv_net()

    def gradient(rows):
        model.zero_grad()
        squares = sum(part.square().sum() for part in model.parameters())
        (LOSS(model(X[rows]), Y[rows]) + 0.05 * squares).backward()
        return torch.cat([part.grad.flatten() for part in model.parameters()])

    kept, every = gradient(slice(3, None)), gradient(slice(None))
    plan = scrubber(model).plan([0, 1, 2])
    assert plan.gradient_share == pytest.approx(float((kept - every).norm() / kept.norm()))
    assert f"by {100 * plan.gradient_share:.3g} % of its length" in str(plan)
    assert scrubber(gradient="retain").plan([0]).gradient_share is None


class Tied(nn.Module):
    """A weight of two layers, one that is never called, and rows of an Embedding."""

    def __init__(self):
        super().__init__()
        self.first, self.again = nn.Linear(4, 4), nn.Linear(4, 4)
        self.again.weight = self.first.weight
        self.rows, self.idle, self.head = nn.Embedding(3, 4), nn.Linear(4, 9), nn.Linear(4, 3)

    def forward(self, x):
        x = x + self.rows((x[:, 0] > 0).long())
        return self.head(self.again(torch.tanh(self.first(x))))


def test_coverage_is_the_share_in_slices_of_layers_that_are_called() -> None:
    model = fill(Tied().double())
    with pytest.warns(LcodecWarning) as caught:
        plan = scrubber(model, (normal(40, 4), labels(40, 3))).plan([1])
    assert [warning.message.id for warning in caught] == ["lcodec:lowCoverage"]
    covered = {}
    for one in find_slices(model)[0]:
        if one.layer != "idle":
            for name, positions in one.entries:
                covered.setdefault(name, set()).update(positions.tolist())
    total = sum(part.numel() for part in model.parameters())
    assert plan.coverage == pytest.approx(sum(map(len, covered.values())) / total, rel=1e-12)
    assert "could not: Linear, not called by the model" in str(plan)
    assert "could not: Embedding, rows of an Embedding" in str(plan)


@pytest.mark.parametrize("options", [{}, {"gradient": "retain"}, {"step": "ascent"}])
def test_the_expected_change_of_the_loss_is_that_of_a_small_step(options) -> None:
    model = conv_net()
    report = scrubber(model, max_step=1e-6, damping=1.0, **options).remove([0, 1, 2])
    change = report.loss_after - report.loss_before
    assert report.predicted_loss_change == pytest.approx(change, rel=1e-4)


def test_accuracy_on_the_removed_is_reported_where_there_are_classes() -> None:
    model, rows = conv_net(), [0, 4, 9]
    before = accuracy(model, (X[rows], Y[rows]))
    report = scrubber(model).remove(rows)
    assert report.accuracy_before == before
    assert report.accuracy_after == accuracy(model, (X[rows], Y[rows]))
    assert report.loss_after == pytest.approx(mean_loss(model, LOSS, (X[rows], Y[rows])))
    x, y = normal(20, 4), normal(20, 1, seed=1)
    numbers = Scrubber(nn.Linear(4, 1).double(), nn.MSELoss(), (x, y), select="all").remove([1])
    assert numbers.accuracy_before is numbers.accuracy_after is None
    assert "accuracy" not in str(numbers)


# --- warnings -------------------------------------------------------------------------------------


def saturated(*more):
    """A network that is sure of its classes, right for rows 0 to 4 and trained by nobody."""
    model = perceptron.network(3, *more)
    with torch.no_grad():
        model[2].weight.mul_(100)
        targets = labels(40, 3)
        targets[:5] = model(perceptron.X[:5]).argmax(dim=1)
    return model, (perceptron.X, targets)


def warned(act, *expected):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = act()
    assert [warning.message.id for warning in caught] == [f"lcodec:{id}" for id in expected]
    assert [str(warning.message) for warning in caught] == list(result.warnings)
    assert all(text in str(result) for text in result.warnings)
    assert result.to_dict()["warnings"] == list(result.warnings)
    return result


def test_a_removal_that_trains_on_is_warned_of() -> None:
    options = {"gradient": "retain", "select": "all", "damping": 1.0}
    plan = warned(lambda: scrubber(**options).plan([0, 1]), "lossFalls")
    assert plan.predicted_loss_change < 0
    report = warned(lambda: scrubber(**options).remove([0, 1]), "lossFell")
    assert "expected" not in report.warnings[0]


def test_a_loss_that_falls_although_it_should_rise_is_said_to() -> None:
    """A step up the loss that is far too long: beyond the top it goes down again."""
    x = torch.ones(4, 1, dtype=torch.float64)
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 0.5)

    def loss(outputs, targets):
        return torch.sin(outputs - targets).mean()

    options = {"select": "all", "step": "ascent", "learning_rate": 4.0}
    scrub = Scrubber(model, loss, (x, torch.zeros(4, 1).double()), **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        report = scrub.remove([0])
    assert report.predicted_loss_change > 0 > report.loss_after - report.loss_before
    assert (
        "the loss on the removed samples fell, although it was expected to rise"
        in (report.remarks["lossFell"])
    )
    assert "lcodec:lossFell" in [warning.message.id for warning in caught]


def test_samples_that_hardly_pull_are_pointed_out() -> None:
    model, data = saturated()
    plan = warned(
        lambda: perceptron.scrubber(model, retained=data).plan([1]),
        "vanishingGradient",
        "lossFalls",
    )
    assert plan.forgotten_slope < 0.1 * plan.retained_slope


def test_a_model_that_acts_at_random_is_pointed_out() -> None:
    model = perceptron.network(3, nn.Dropout(0.5)).train()
    report = warned(lambda: perceptron.scrubber(model).remove([1]), "trainingMode")
    assert report.random_layers == ("3",)
    assert "call `model.eval()` before it is used" in str(report)
    assert model.training
    for still in (model.eval(), perceptron.network(3, nn.Dropout(0.0)).train()):
        assert warned(lambda still=still: perceptron.scrubber(still).plan([2])).random_layers == ()


@pytest.mark.filterwarnings("error")
def test_a_warning_that_is_an_error_leaves_the_model() -> None:
    model = conv_net()
    before = fingerprint(model)
    scrub = scrubber(model, gradient="retain", damping=1.0)
    with pytest.raises(LcodecWarning, match="the loss on the removed samples fell"):
        scrub.remove([0, 1])
    assert fingerprint(model) == before
    with pytest.raises(LcodecError, match="must follow a removal"):
        scrub.undo()


# --- an account -----------------------------------------------------------------------------------


def test_a_report_says_when_by_what_and_how() -> None:
    report = scrubber(damping=0.5).remove([3])
    assert datetime.fromisoformat(report.date).tzinfo is not None
    assert report.versions["lcodec"] == __version__
    assert report.versions["torch"] == torch.__version__
    given = {"weight_decay": 0.1, "perturbations": 100, "select": "all", "damping": 0.5}
    assert report.options == Options(**given).to_dict()
    assert f"retained {report.retained_digest}, removed {report.forgotten_digest}" in str(report)


def test_the_digests_are_those_of_the_data() -> None:
    report = scrubber().remove([3, 7])
    rest = [row for row in range(40) if row not in (3, 7)]
    assert report.retained_digest == f"{digest((X[rest], Y[rest])):016x}"
    assert report.forgotten_digest == f"{digest((X[[7, 3]], Y[[7, 3]])):016x}"


@given(st.permutations(range(12)), st.integers(1, 12), st.integers(0, 11))
@settings(max_examples=20, deadline=None)
def test_a_digest_is_of_the_bits_in_any_order_and_batches(order, size, row) -> None:
    x, y = X[:12].clone(), Y[:12]
    seen = Pass((x[:1], y[:1]))
    for start in range(0, 12, size):
        rows = order[start : start + size]
        seen((x[rows], y[rows]))
    assert seen.digest == digest((x, y))
    x[row, 0, 0, 0] = torch.nextafter(x[row, 0, 0, 0], torch.tensor(9.0).double())
    assert digest((x, y)) != seen.digest


# --- training_size --------------------------------------------------------------------------------


def ridge(x, y, decay):
    design = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    matrix = 2 / len(x) * design.T @ design + decay * torch.eye(6, dtype=torch.float64)
    return torch.linalg.solve(matrix, 2 / len(x) * design.T @ y)[:, 0]


@pytest.mark.parametrize("gradient", ["contrast", "forget"])
@pytest.mark.parametrize("ids", [True, False])
def test_a_part_of_the_data_stands_for_the_rest(gradient, ids) -> None:
    """Nine copies of each retained row were trained on: one of each gives the refit on nine."""
    x, y = normal(46, 5), normal(46, 1, seed=1)
    whole = [torch.cat([part[:6], part[6:].repeat(9, 1)]) for part in (x, y)]
    model = nn.Linear(5, 1).double()
    start = ridge(*whole, 0.3)
    with torch.no_grad():
        model.weight[0], model.bias[0] = start[:5], start[5]
    options = {"weight_decay": 0.3, "select": "all", "damping": 0.0, "gradient": gradient}
    first, rest = (x[:6], y[:6]), (x[6:], y[6:])
    scrub = Scrubber(model, nn.MSELoss(), (x, y) if ids else rest, training_size=366, **options)
    report = scrub.remove(range(6) if ids else first)
    assert report.residual_ratio < 1e-10
    found = torch.cat([model.weight.detach()[0], model.bias.detach()])
    refit = ridge(*(part[6:] for part in whole), 0.3)
    assert torch.allclose(found, refit, rtol=0, atol=1e-10)


def test_what_was_removed_is_no_longer_trained_on() -> None:
    scrub = scrubber(training_size=400, damping=1.0)
    assert [scrub.remove(rows).training_size for rows in ([1, 2], [3])] == [400, 398]
    scrub.undo()
    assert scrub.plan([4]).training_size == 398


def test_a_training_size_that_is_too_small_is_refused() -> None:
    scrub = scrubber(training_size=40, damping=1.0)
    scrub.remove([1, 2])
    refused(
        "optionRange",
        "`training_size` must be at least 42, the rows of `retained`...got 40",
        lambda: scrub.remove((X[:2], Y[:2])),
    )
    scrub.undo()
    assert scrub.remove([1]).training_size == 40
