"""Slices of a model and what they leave out."""

from lcodec.scrub.slices.slices import find_slices


def slices_of(model, **options):
    return find_slices(model, **options)[0]


def uncovered(model, **options):
    return [
        (one.layer, one.kind, one.parameters, one.reason)
        for one in find_slices(model, **options)[1]
    ]
