"""A Bayesian network of CelebA's attributes in which the blanket of a target is known."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats.celeba import NAMES

TARGET = "Smiling"
CAUSES: dict[str, dict[str, float]] = {
    TARGET: {"Male": -0.8, "Young": 0.8, "Attractive": 0.8},
    "High_Cheekbones": {TARGET: 1.2},
    "Mouth_Slightly_Open": {TARGET: 0.8},
    "Rosy_Cheeks": {TARGET: 1.0, "Heavy_Makeup": 1.0},
    "Narrow_Eyes": {TARGET: 1.0, "Eyeglasses": 1.0},
    "Oval_Face": {"High_Cheekbones": 1.5},
    "Double_Chin": {"High_Cheekbones": 1.5},
    "Chubby": {"High_Cheekbones": 1.5},
    "Big_Lips": {"High_Cheekbones": 1.5},
    "Goatee": {"Male": 1.0},
    "Mustache": {"Male": 1.0},
    "Sideburns": {"Male": 1.0},
    "Wearing_Necktie": {"Male": 1.0},
}
"""The causes of an attribute with their weights; the others have none, and are 1 in half of all."""


def blanket(target: str = TARGET, causes: Mapping[str, Mapping[str, float]] = CAUSES) -> set[str]:
    """Return the Markov blanket of an attribute: its causes, its effects, and their causes."""
    effects = {name for name, own in causes.items() if target in own}
    others = {name for effect in effects for name in causes[effect]}
    return ({*causes.get(target, {})} | effects | others) - {target}


def sample(rows: int, rng: np.random.Generator, *, reverse: bool = False) -> NDArray[np.int8]:
    """Return attributes of `rows` images, -1 or 1, in the order of CelebA's names.

    An attribute is 1 with probability 1 / (1 + exp(-2 s)), where s is the sum of its causes times
    their weights. With `reverse` the weights of all relations with the target have the other sign.
    """
    values = np.empty((rows, len(NAMES)), dtype=np.int8)
    for name in TopologicalSorter({one: [*CAUSES.get(one, {})] for one in NAMES}).static_order():
        pull = np.zeros(rows)
        for cause, weight in CAUSES.get(name, {}).items():
            turned = -1 if reverse and TARGET in (name, cause) else 1
            pull += turned * weight * values[:, NAMES.index(cause)]
        chance = 1 / (1 + np.exp(-2 * pull))
        values[:, NAMES.index(name)] = np.where(rng.random(rows) < chance, 1, -1)
    return values
