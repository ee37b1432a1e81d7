"""Uses of the scrubber that are less usual, each of which once went wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lcodec.scrub import Ledger
from python.tests.scrub.networks import fill, normal
from python.tests.scrub.perceptron import Y, network, refused, scrubber


class Counting(nn.Module):
    """Replaces its buffers instead of changing them."""

    def __init__(self):
        super().__init__()
        self.inner = network()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", None)

    def forward(self, x):
        self.calls = self.calls + 1
        self.last = x.mean()
        return self.inner(x)


# --- what the surroundings keep -------------------------------------------------------------------


def test_buffers_that_the_model_replaces_are_put_back() -> None:
    model = Counting()
    calls = model.calls
    scrubber(model).remove([0, 1])
    assert model.calls is calls
    assert calls == 0
    assert model.last is None


def test_random_numbers_of_a_perturbation_leave_the_random_state() -> None:
    scrub = scrubber(network(), select="lfoci", perturb=lambda x, _: x + torch.randn_like(x))
    before = torch.get_rng_state()
    scrub.remove([0, 1])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("answer", [False, np.bool_(False), torch.tensor(False), 0])
def test_a_guard_refuses_by_whatever_is_false(answer) -> None:
    model = network()
    before = model[2].weight.detach().clone()
    scrub = scrubber(model, guard=lambda report: answer)
    refused("guard", "must not refuse", lambda: scrub.remove([0, 1]))
    assert torch.equal(model[2].weight, before)


def test_a_perturbation_may_return_another_dtype() -> None:
    model = network().float()
    scrub = scrubber(model, select="lfoci", perturb=lambda x, g: x.double() + normal(*x.shape))
    assert scrub.remove([0, 1]).parameters_touched > 0


# --- ledgers and undoing --------------------------------------------------------------------------


def test_two_scrubbers_with_one_ledger_know_of_each_other(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        one, other = (scrubber(network(), ledger=ledger) for _ in range(2))
        first = one.remove([0, 1])
        assert other.resume() == 1
        refused("alreadyRemoved", "got 1, which was", lambda: other.remove([1]))
        assert other.plan([2]).retained == first.retained - 1
        one.undo()
        assert other.resume() == 1
        assert other.plan([1]).retained == 39


def test_undo_needs_all_the_weights_that_the_removal_left() -> None:
    model = network()
    scrub = scrubber(model)
    scrub.remove([0, 1])
    with torch.no_grad():
        model[0].weight[0, 0] += 1  # in a layer that the removal did not change
    refused("undoWeights", "got other weights", scrub.undo)


def test_an_embedding_may_read_one_id_per_sample() -> None:
    """As recommenders do, whose ids have no axis of their own."""
    ids = torch.arange(40)
    found = []
    for shape in ((40,), (40, 1)):
        model = fill(nn.Sequential(nn.Embedding(40, 4), nn.Flatten(), nn.Linear(4, 3)))
        scrub = scrubber(model, retained=(ids.reshape(shape), Y), embeddings=True, select="all")
        assert scrub.remove([0, 3]).parameters_touched == 40 * 4 + 3 * 5
        found.append([tensor.detach() for tensor in model.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_a_loss_without_second_derivatives_is_refused_where_they_are_needed() -> None:
    scrub = scrubber(network(), nn.MultiMarginLoss())
    refused(
        "lossCurvature", "multi_margin_loss_backward is not implemented", lambda: scrub.plan([0])
    )
    assert scrubber(network(), nn.MultiMarginLoss(), curvature="fisher").plan([0]).step_norm > 0
