import doctest

import pytest
import torch
from torch import nn

from lcodec.scrub.baselines import ablation
from lcodec.scrub.baselines.ablation import ablations
from python.tests.scrub.evaluation.classifiers import task, trained


def test_ablations_change_the_same_parameters_by_the_same_distance() -> None:
    keep, forget = task(60), task(6, seed=8)
    model = trained(keep)
    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    rows = ablations(
        model,
        nn.CrossEntropyLoss(),
        keep,
        forget,
        weight_decay=0.01,
        perturbations=100,
        max_parameters=24,
    )
    assert list(rows) == ["scrub", "noise only", "gradient only", "random slices"]
    steps = {
        title: torch.cat([(t - before[n]).detach().flatten() for n, t in row.named_parameters()])
        for title, row in rows.items()
    }
    for title in ("noise only", "gradient only"):
        assert torch.equal(steps[title] != 0, steps["scrub"] != 0)
        length = float(steps[title].norm())
        assert length == pytest.approx(float(steps["scrub"].norm()), rel=1e-10)
    assert 0 < int((steps["random slices"] != 0).sum()) <= int((steps["scrub"] != 0).sum())
    assert not torch.equal(steps["random slices"], steps["scrub"])
    slope = torch.autograd.grad(  # weight decay is the same in both parts
        nn.functional.cross_entropy(model(keep[0]), keep[1])
        - nn.functional.cross_entropy(model(forget[0]), forget[1]),
        list(model.parameters()),
    )
    slope = torch.cat([part.flatten() for part in slope])
    alike = nn.functional.cosine_similarity(
        steps["gradient only"], -slope * (steps["scrub"] != 0), dim=0
    )
    assert float(alike) == pytest.approx(1, abs=1e-10)
    assert all(torch.equal(before[n], t) for n, t in model.named_parameters())


def test_the_example_of_the_documentation_runs() -> None:
    assert doctest.testmod(ablation).failed == 0
