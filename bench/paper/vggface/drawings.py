"""Drawn faces: what stays of a person in all images, and what changes from image to image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FINE = 4
"""Drawn so many times larger, then made smaller: edges are smooth."""


@dataclass(frozen=True)
class Person:
    """What stays. Lengths are shares of the image's side, colours are red, green, blue, 0 to 1."""

    skin: NDArray[np.float64]
    hair: NDArray[np.float64]
    eyes: NDArray[np.float64]
    wide: float
    high: float
    fringe: float
    between: float
    eye: float
    mouth: float
    nose: float


def drawn(rng: np.random.Generator) -> Person:
    """Return a person at random."""
    return Person(
        skin=np.array([0.55, 0.4, 0.32]) + rng.uniform(0, 0.4) + rng.uniform(-0.04, 0.04, 3),
        hair=rng.uniform(0.05, 0.7, 3),
        eyes=rng.uniform(0.05, 0.6, 3),
        wide=rng.uniform(0.24, 0.36),
        high=rng.uniform(0.32, 0.44),
        fringe=rng.uniform(0.15, 0.5),
        between=rng.uniform(0.09, 0.16),
        eye=rng.uniform(0.025, 0.055),
        mouth=rng.uniform(0.06, 0.16),
        nose=rng.uniform(0.04, 0.12),
    )


def image(person: Person, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """Return an image of a person, shape (side, side, 3): place, size, light and ground change."""
    whole = FINE * side
    scale = whole * rng.uniform(0.88, 1.08)
    x, y = whole * (0.5 + rng.uniform(-0.06, 0.06, 2))
    canvas = Image.new("RGB", (whole, whole), _colour(rng.uniform(0.2, 0.9, 3)))
    pen = ImageDraw.Draw(canvas)

    def ellipse(at: float, down: float, wide: float, high: float, colour: object) -> None:
        pen.ellipse(
            (x + scale * (at - wide), y + scale * (down - high),
             x + scale * (at + wide), y + scale * (down + high)),
            fill=_colour(np.asarray(colour)),
        )  # fmt: skip

    high, eyes = person.high, -0.08 + rng.uniform(-0.01, 0.01)
    ellipse(0, -0.06, person.wide + 0.05, high + 0.03, person.hair)
    ellipse(0, high * person.fringe / 2, person.wide, high * (1 - person.fringe / 2), person.skin)
    gaze = rng.uniform(-0.4, 0.4) * person.eye
    for at in (-person.between, person.between):
        ellipse(at, eyes, 1.5 * person.eye, person.eye, (0.95, 0.95, 0.95))
        ellipse(at + gaze, eyes, 0.6 * person.eye, 0.8 * person.eye, person.eyes)
    ellipse(0, eyes + person.nose, 0.02, person.nose / 2, 0.8 * person.skin)
    open_by = rng.uniform(0.008, 0.035)
    ellipse(0, 0.18, person.mouth, open_by, (0.6, 0.15, 0.2))
    small = np.asarray(canvas.resize((side, side)), dtype=np.float64)
    lit = small * rng.uniform(0.8, 1.2) + rng.normal(0, 5, small.shape)
    return lit.clip(0, 255).round().astype(np.uint8)


def images(persons: int, each: int, side: int, seed: int = 0) -> dict[str, list[NDArray[np.uint8]]]:
    """Return the images of persons, by name."""
    rng = np.random.default_rng(seed)
    found = {}
    for number in range(1, persons + 1):
        person = drawn(rng)
        found[f"Person_{number}"] = [image(person, rng, side) for _ in range(each)]
    return found


def _colour(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(255 * value) for value in np.clip(values, 0, 1))
