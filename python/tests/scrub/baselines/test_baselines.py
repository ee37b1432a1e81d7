"""What all baselines keep to."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import baselines
from python.tests.scrub.baselines.tasks import CHEAP, CROSS, FORGET, KEEP, SQUARED, mlp, vector
from python.tests.scrub.networks import fill, normal


@pytest.mark.parametrize("name", CHEAP)
def test_a_changed_copy_is_returned_and_the_model_is_left_alone(name) -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3))
    fill(model).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    torch.manual_seed(0)
    state = torch.get_rng_state()
    settings = {"alpha": 1e-3} if name == "ssd" else {}
    first, seconds = baselines.run(name, model, CROSS, KEEP, FORGET, seed=3, **settings)
    again, _ = baselines.run(name, model, CROSS, KEEP, FORGET, seed=3, **settings)
    assert all(torch.equal(model.state_dict()[key], before[key]) for key in before)
    assert model.training
    assert model[2].training
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(vector(first), vector(model))
    assert torch.equal(vector(first), vector(again))
    assert seconds > 0
    assert torch.equal(first[1].running_mean, model[1].running_mean)
    assert not first[0]._forward_hooks


@pytest.mark.parametrize(
    "name", ["fisher_forgetting", "fine_tune", "grin", "random_labels", "salun", "scrub"]
)
def test_the_seed_matters_where_something_is_random(name) -> None:
    runs = [
        baselines.run(name, mlp(), CROSS, KEEP, FORGET, seed=s, batch_size=8)[0] for s in (0, 1)
    ]
    assert not torch.equal(*map(vector, runs))


def test_unknown_names_and_settings() -> None:
    with pytest.raises(LcodecError, match="`name` must be one of 'ascent', 'fine_tune'"):
        baselines.run("forget", mlp(), CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="option `epoch`; the nearest known one is `epochs`"):
        baselines.run("ascent", mlp(), CROSS, KEEP, FORGET, epoch=3)
    with pytest.raises(LcodecError, match="`train` must be given for 'retrain'"):
        baselines.run("retrain", mlp(), CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="after 'fine_tune' must be finite"):
        baselines.run("fine_tune", mlp(), SQUARED, (KEEP[0], 1e200 * normal(40, 3)), FORGET)
    frozen = mlp().requires_grad_(False)
    with pytest.raises(LcodecError, match="must have a parameter that requires a gradient"):
        baselines.run("fine_tune", frozen, CROSS, KEEP, FORGET)


def test_retraining_is_the_users() -> None:
    def train(retained):
        assert retained is KEEP
        return refit

    refit = mlp(seed=9)
    found, seconds = baselines.run("retrain", mlp(), CROSS, KEEP, FORGET, train=train)
    assert found is refit
    assert seconds >= 0


class Sum(nn.Module):
    """Takes two named inputs, and has a part that is not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen, self.norm, self.head = nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)
        fill(self).float()
        self.frozen.requires_grad_(False)

    def forward(self, left, right):
        return self.head(self.norm(self.frozen(left + right)))


@pytest.mark.parametrize("name", ["fine_tune", "grin", "salun", "scrub"])
def test_float32_named_inputs_and_frozen_layers(name) -> None:
    model = Sum()
    keep, forget = (({"left": x.float() / 2, "right": x.float() / 2}, y) for x, y in (KEEP, FORGET))
    found, _ = baselines.run(name, model, CROSS, keep, forget, batch_size=16, weight_decay=0.1)
    assert {tensor.dtype for tensor in found.parameters()} == {torch.float32}
    assert torch.equal(found.frozen.weight, model.frozen.weight)
    assert not torch.equal(vector(found), vector(model))
    moved = [
        (one != two).sum()
        for one, two in zip(found.parameters(), model.parameters(), strict=True)
        if two.requires_grad
    ]
    most = {"salun": 14, "grin": 1}.get(name, 28)
    assert 1 <= sum(moved) <= most
