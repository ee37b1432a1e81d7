"""Drawn persons, full length, as six cameras see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bench.paper.formats.market1501 import CAMERAS

HEIGHT, WIDTH, FINE = 64, 32, 4
"""Pixels of an image; it is drawn so many times larger."""

Crop = tuple[int, int, NDArray[np.uint8]]


@dataclass(frozen=True)
class Person:
    """What stays of a person: colours, red, green, blue, 0 to 1, and build."""

    torso: NDArray[np.float64]
    legs: NDArray[np.float64]
    bag: NDArray[np.float64]
    hair: NDArray[np.float64]
    wide: float
    has_bag: bool


@dataclass(frozen=True)
class Camera:
    """What a camera makes of all: brightness, a factor of each colour, the colour of the ground."""

    light: float
    hue: NDArray[np.float64]
    ground: NDArray[np.float64]


def person(rng: np.random.Generator) -> Person:
    """Return a person at random."""
    torso, legs, bag, hair = rng.uniform(0.25, 0.7, (4, 3))
    return Person(torso, legs, bag, hair, rng.uniform(0.2, 0.3), bool(rng.random() < 0.6))


def camera(rng: np.random.Generator) -> Camera:
    """Return a camera at random."""
    return Camera(rng.uniform(0.6, 1.3), rng.uniform(0.75, 1.25, 3), rng.uniform(0.3, 0.8, 3))


def crop(one: Person, seen: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return an image of a person by a camera, shape (64, 32, 3): place, size and pose change."""
    high, wide = FINE * HEIGHT, FINE * WIDTH
    ground = tuple(int(255 * value) for value in seen.ground * rng.uniform(0.9, 1.1))
    canvas = Image.new("RGB", (wide, high), ground)
    pen = ImageDraw.Draw(canvas)
    x, y = wide * (0.5 + rng.uniform(-0.06, 0.06)), high * rng.uniform(-0.03, 0.03)
    half = wide * one.wide * rng.uniform(0.9, 1.1)

    def colour(values: NDArray[np.float64]) -> tuple[int, ...]:
        return tuple(int(255 * value) for value in values)

    def box(left: float, top: float, right: float, bottom: float, fill: tuple[int, ...]) -> None:
        pen.rounded_rectangle(
            (x + left * half, y + top * high, x + right * half, y + bottom * high),
            radius=0.2 * half, fill=fill,
        )  # fmt: skip

    stride = rng.uniform(0, 0.35)
    box(-0.8 - stride, 0.52, -0.05, 0.96, colour(one.legs))
    box(0.05, 0.52, 0.8 + stride, 0.96, colour(one.legs))
    box(-1, 0.2, 1, 0.56, colour(one.torso))
    if one.has_bag:
        at = rng.choice([-1.1, 0.5])
        box(at, 0.34, at + 0.6, 0.52, colour(one.bag))
    head = 0.45 * half
    pen.ellipse((x - head, y + 0.05 * high, x + head, y + 0.2 * high), fill=(205, 165, 135))
    pen.chord((x - head, y + 0.05 * high, x + head, y + 0.2 * high), 180, 360, colour(one.hair))
    small = np.asarray(canvas.resize((WIDTH, HEIGHT)), dtype=np.float64)
    lit = small * seen.light * seen.hue + rng.normal(0, 10, small.shape)
    return lit.clip(0, 255).round().astype(np.uint8)


def crops(persons: int, each: int, first: int = 1, seed: int = 0) -> Iterator[Crop]:
    """Yield (person, camera, image) of persons from number `first` on, `each` by every camera."""
    cameras = [camera(rng) for rng in np.random.default_rng(99).spawn(CAMERAS)]
    rng = np.random.default_rng([seed, first])
    for number in range(first, first + persons):
        one = person(rng)
        for place, seen in enumerate(cameras, start=1):
            for _ in range(each):
                yield number, place, crop(one, seen, rng)
