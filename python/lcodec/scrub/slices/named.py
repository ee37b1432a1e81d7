"""What `layers` names of a model: modules with their submodules, and single parameters."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.slices.hidden import in_units


def named(model: nn.Module, layers: Sequence[str] | None) -> set[int] | None:
    """Return the ids of the modules and the parameters that `layers` names; None for all.

    Parameters
    ----------
    model : torch.nn.Module
        Any model.
    layers : sequence of str or None
        Any names of its modules, or of parameters that are slices by themselves.
    """
    if layers is None:
        return None
    modules = dict(model.named_modules(remove_duplicate=False))
    inside = in_units(model)
    parameters = {
        name: tensor
        for name, tensor in model.named_parameters(remove_duplicate=False)
        if id(tensor) not in inside
    }
    found: set[int] = set()
    for name in [layers] if isinstance(layers, str) else layers:
        if name in modules:
            found |= {id(module) for module in modules[name].modules()}
        elif name in parameters:
            found.add(id(parameters[name]))
        else:
            near = difflib.get_close_matches(str(name), [*modules, *parameters], n=1)
            hint = f"; the nearest known one is '{near[0]}'" if near else ""
            checks.fail(
                "unknownLayer", f"`layers` must name modules of `model`, got '{name}'{hint}"
            )
    return found
