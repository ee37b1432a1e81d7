"""Curvature against curvlinops, an independent implementation.

    python -m bench.scrub.cross_check_curvature

prints the largest relative difference of the matrices for a small MLP and a small convolutional
network, on whole models in float64: generalised Gauss-Newton and exact Hessian, and the products
of K-FAC with a vector. It needs `pip install curvlinops-for-pytorch` and leaves 1 where a
difference is above 1e-10.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

import torch
from torch import nn

from lcodec.scrub import step as curvature
from lcodec.scrub.baselines.kfac import SHARING, factors
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices

BOUND = 1e-10


def networks() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Return small networks and inputs, the same each time."""
    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 3))
    conv = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(4, 3, 2, stride=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(12, 3),
    )
    return {
        "mlp": (mlp.double().eval(), torch.randn(20, 6, dtype=torch.float64)),
        "conv": (conv.double().eval(), torch.randn(20, 2, 4, 4, dtype=torch.float64)),
    }


def difference(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """Return the largest difference over the largest entry."""
    return float((found - wanted).abs().max() / wanted.abs().max())


def kfac_product(layers: dict, model: nn.Module, names: list[str], v: torch.Tensor) -> torch.Tensor:
    """Return A (x) B times a vector, layer by layer, in the order of `names`."""
    shapes = {name: model.get_parameter(name).shape for name in names}
    parts = torch.split(v, [shapes[name].numel() for name in names])
    given = dict(zip(names, parts, strict=True))
    found = {}
    for name, layer in layers.items():
        rows = given[name].reshape(len(layer.outputs), -1)
        whole = layer.outputs @ torch.cat([rows, given[layer.bias][:, None]], 1) @ layer.inputs
        found[name], found[layer.bias] = whole[:, :-1].reshape(-1), whole[:, -1]
    return torch.cat([found[name] for name in names])


def differences(model: nn.Module, x: torch.Tensor, loss: nn.Module) -> dict[str, float]:
    """Return the differences by the name of the curvature."""
    import curvlinops as other

    targets = torch.arange(len(x)) % 3
    y = targets if isinstance(loss, nn.CrossEntropyLoss) else torch.sin(x.flatten(1)[:, :3])
    batches = Batches((x, y), model, 7, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, 0.0)
    flat = FlatParameters(model, find_slices(model)[0])
    names = list(flat.merge(flat.read()))
    parameters = [model.get_parameter(name) for name in names]
    data = [(x[at : at + 7], y[at : at + 7]) for at in range(0, len(x), 7)]
    found = {}
    for method, kind in (("ggn", "GGNLinearOperator"), ("exact", "HessianLinearOperator")):
        operator = getattr(other, kind)(model, loss, parameters, data)
        ours = curvature.build(method, objective, flat, batches, solver="dense")
        theirs = operator @ torch.eye(len(flat), dtype=torch.float64)
        found[method] = difference(ours.product(torch.eye(len(flat)).double()), theirs)
    v = torch.linspace(-1, 1, len(flat), dtype=torch.float64)
    for sharing in SHARING:
        operator = other.KFACLinearOperator(
            model,
            loss,
            parameters,
            data,
            fisher_type="type-2",
            kfac_approx=sharing,
            separate_weight_and_bias=False,
        )
        ours = kfac_product(factors(objective, batches, sharing), model, names, v)
        found[f"K-FAC {sharing}"] = difference(ours, operator @ v)
    return found


def main() -> int:
    """Print the differences; return 0 where all of them are rounding."""
    if find_spec("curvlinops") is None:
        print("curvlinops is not installed: pip install curvlinops-for-pytorch")
        return 1
    worst = 0.0
    for name, (model, x) in networks().items():
        for loss in (nn.CrossEntropyLoss(), nn.MSELoss()):
            for kind, number in differences(model, x, loss).items():
                print(f"{name:5} {type(loss).__name__:17} {kind:13} {number:.1e}")
                worst = max(worst, number)
    return int(worst > BOUND)


if __name__ == "__main__":
    sys.exit(main())
