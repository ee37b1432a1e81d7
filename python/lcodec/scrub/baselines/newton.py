"""Newton steps on all the parameters at once."""

from __future__ import annotations

import torch

from lcodec.checks import choice, nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.baselines.kfac import SHARING, Kronecker, factors
from lcodec.scrub.baselines.squares import hooks_serve
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.objective.objective import Objective, norm
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import Curvature, MatrixFree, build
from lcodec.scrub.step.build import factor_of
from lcodec.scrub.step.newton import newton_step
from lcodec.scrub.step.products import Point


def newton_cg(
    task: Task,
    *,
    curvature: str = "ggn",
    damping: float = 1e-3,
    max_step: float | None = None,
    memory_limit: int = 2 * 2**30,
) -> None:
    """Take the damped Newton step on the retained objective, solved by conjugate gradients.

    References
    ----------
    Martens: Deep Learning via Hessian-Free Optimization, ICML 2010.
    """
    choice(curvature, "curvature", ("exact", "ggn"))
    objective, flat = task.objective(), task.whole()
    limit = whole_number(memory_limit, "memory_limit", 1)
    if curvature == "exact" or hooks_serve(task):
        matrix = build(curvature, objective, flat, task.retained, solver="cg", memory_limit=limit)
    else:
        matrix = _by_passes(objective, flat, task.retained)
    step = newton_step(
        matrix,
        flat.gather(objective.value_and_gradient()[1]),
        damping=nonnegative(damping, "damping"),
        max_step=None if max_step is None else checks.positive(max_step, "max_step"),
    )
    flat.write(flat.read().double() + step.step)


def _by_passes(objective: Objective, flat: FlatParameters, batches: Batches) -> Curvature:
    """Return the Gauss-Newton matrix by new passes for each product, for any kind of layer."""
    point, factor = Point(objective, flat), factor_of("ggn", objective.loss)
    samples = sum(len(targets) for _, targets in batches)

    def product(v: torch.Tensor) -> torch.Tensor:
        total = torch.zeros_like(v)
        for batch in batches:
            total += point.factored_product(batch, v, factor)
        return total / samples

    return MatrixFree(product, objective.weight_decay)


def kfac_newton(
    task: Task,
    *,
    sharing: str = "expand",
    damping: float = 1e-3,
    max_step: float | None = None,
) -> None:
    """Take the damped Newton step with Kronecker-factored curvature, layer by layer.

    Linear and ungrouped Conv2d layers are changed, the others stay as they are. Damping and
    weight decay are added to the product of the factors exactly, in its eigenbasis.

    References
    ----------
    Martens, Grosse, ICML 2015; Grosse, Martens, ICML 2016; Eschenhagen, Immer, Turner, Schneider,
    Hennig, NeurIPS 2023 (`sharing`).
    """
    choice(sharing, "sharing", SHARING)
    limit = None if max_step is None else checks.positive(max_step, "max_step")
    objective = task.objective()
    layers = factors(objective, task.retained, sharing)
    shift = nonnegative(damping, "damping") + task.weight_decay
    gradient = objective.value_and_gradient()[1]
    steps = {name: -layer.solve(gradient, shift) for name, layer in layers.items()}
    length = norm(steps)
    share = 1.0 if limit is None or length <= limit else limit / length
    for name, step in steps.items():
        _add(layers[name], share * step)


@torch.no_grad()
def _add(layer: Kronecker, step: torch.Tensor) -> None:
    weight, bias = layer.module.weight, layer.module.bias
    columns = step[:, : weight[0].numel()]
    weight.copy_(weight.double() + columns.reshape(weight.shape))
    if bias is not None:
        bias.copy_(bias.double() + step[:, -1])
