"""SCRUB: its steps by hand, and what it does to a trained network."""

import copy

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import baselines
from lcodec.scrub.evaluation import mean_loss
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp, vector
from python.tests.scrub.networks import fill, normal

PLAIN = {"momentum": 0.0, "learning_rate": 0.1}


def probabilities(model, inputs, temperature):
    outputs = model(inputs) / temperature
    if outputs.shape[1] == 1:
        return torch.cat([1 - outputs.sigmoid(), outputs.sigmoid()], dim=1)
    return outputs.softmax(dim=1)


def divergence(student, teacher, inputs, temperature):
    """KL(teacher || student), the definition written out."""
    p, q = (probabilities(model, inputs, temperature) for model in (teacher, student))
    return temperature**2 * (p.detach() * (p.detach() / q).log()).sum(dim=1).mean()


def step(model, value, rate=0.1, decay=0.0):
    parts = torch.autograd.grad(value, list(model.parameters()))
    with torch.no_grad():
        for tensor, part in zip(model.parameters(), parts, strict=True):
            tensor -= rate * (part + decay * tensor)


BINARY = normal(40, 4), (normal(40, 1, seed=1) > 0).double()


@pytest.mark.parametrize(
    ("teacher", "loss", "keep", "forget"),
    [
        (mlp(), CROSS, KEEP, FORGET),
        (
            fill(nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))),
            nn.BCEWithLogitsLoss(),
            tuple(part[6:] for part in BINARY),
            tuple(part[:6] for part in BINARY),
        ),
    ],
)
def test_epochs_climb_the_divergence_and_then_descend(teacher, loss, keep, forget) -> None:
    student = copy.deepcopy(teacher)
    for climb in (True, True, False):
        if climb:
            step(student, -divergence(student, teacher, forget[0], 3.0), decay=0.2)
        down = 0.3 * divergence(student, teacher, keep[0], 3.0)
        step(student, down + 0.7 * loss(student(keep[0]), keep[1]), decay=0.2)
    settings = {"alpha": 0.3, "gamma": 0.7, "temperature": 3.0, "weight_decay": 0.2, **PLAIN}
    found, _ = baselines.run("scrub", teacher, loss, keep, forget, **settings)
    assert torch.allclose(vector(found), vector(student), rtol=0, atol=1e-12)


def test_without_climbing_and_divergence_it_is_fine_tuning() -> None:
    settings = {"epochs": 1, "batch_size": 7, "learning_rate": 0.1}
    plain, _ = baselines.run(
        "scrub", mlp(), CROSS, KEEP, FORGET, max_epochs=0, alpha=0.0, gamma=1.0, **settings
    )
    tuned, _ = baselines.run("fine_tune", mlp(), CROSS, KEEP, FORGET, **settings)
    assert torch.allclose(vector(plain), vector(tuned), rtol=0, atol=1e-15)


def test_the_forgotten_loss_grows_and_the_retained_one_does_not() -> None:
    x, y = KEEP[0], (3 * KEEP[0]).argmax(dim=1) % 3
    keep, forget = (x[8:], y[8:]), (x[:8], (y[:8] + 1) % 3)
    trained, _ = baselines.run(
        "fine_tune", mlp(), CROSS, (x, torch.cat([forget[1], keep[1]])), forget,
        epochs=200, learning_rate=0.1,
    )  # fmt: skip
    found, _ = baselines.run("scrub", trained, CROSS, keep, forget, epochs=10, learning_rate=0.05)
    assert mean_loss(found, CROSS, forget) > 1.5 * mean_loss(trained, CROSS, forget)
    assert mean_loss(found, CROSS, keep) < mean_loss(trained, CROSS, keep)


def test_what_is_refused() -> None:
    x = normal(6, 2)
    with pytest.raises(LcodecError, match="must be a classifier for 'scrub', got outputs") as found:
        baselines.run("scrub", fill(nn.Linear(2, 1)), SQUARED, (x, x[:, :1]), (x, x[:, 1:]))
    assert found.value.id == "lcodec:noClasses"
    for given, text in (
        ({"temperature": 0}, "`temperature` must be above 0"),
        ({"alpha": -1}, "`alpha` must be finite and at least 0"),
        ({"gamma": -1}, "`gamma` must be finite and at least 0"),
        ({"max_epochs": -1}, "`max_epochs` must be at least 0"),
        ({"beta": 1}, "unknown option `beta`"),
    ):
        with pytest.raises(LcodecError, match=text):
            baselines.run("scrub", mlp(), CROSS, KEEP, FORGET, **given)
