"""Slices of a model and what they leave out."""

from typing import Any

from torch import nn

from lcodec.scrub.slices.slices import Slice, find_slices


def slices_of(model: nn.Module, **options: Any) -> list[Slice]:
    return find_slices(model, **options)[0]


def uncovered(model: nn.Module, **options: Any) -> list[tuple[str, str, int, str]]:
    return [
        (one.layer, one.kind, one.parameters, one.reason)
        for one in find_slices(model, **options)[1]
    ]
