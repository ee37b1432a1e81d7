"""Sets of the size of the published ones, by their shape alone, and what it takes to read them.

Pixels are black, provisions are one word again and again, and files of images are empty where
they are opened after their names are read.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.machine import ROOT
from bench.paper.formats import celeba, cifar, idx, ledgar, market1501, vggface

READ = """
import sys, time
from functools import partial
from pathlib import Path
from bench.machine import grown_by
from bench.paper.formats.{module} import {function}
start = time.process_time()
found, grown = grown_by(partial({function}, Path(sys.argv[1])))
print({count}, time.process_time() - start, grown / 2**20)
"""


@dataclass(frozen=True)
class Format:
    """A published set.

    Attributes
    ----------
    size : int
        Its images, names or provisions.
    mebibytes : float
        The most by which a process may grow while it reads all of it: a quarter more than measured.
    write : callable
        `write(folder, size)` writes that many; returns how many files there are.
    count : str
        How many were read, of `found`.
    function : str
        What reads it, of the module of its name.
    """

    size: int
    mebibytes: float
    write: Callable[[Path, int], int]
    count: str
    function: str = "read"


SLACK = 2
"""MiB that reading takes of whatever size."""


@dataclass(frozen=True)
class Reading:
    """The files of a set, CPU seconds, and by how many MiB the process grew at its peak."""

    files: int
    seconds: float
    peak: float


def read(name: str, folder: Path, share: int = 1) -> Reading:
    """Write one in `share` of a set, and read it in a process of its own, as far as it may grow."""
    form = FORMATS[name]
    size = form.size // share
    files = form.write(folder, size)
    code = READ.format(module=name, function=form.function, count=form.count)
    command = [sys.executable, "-c", code, str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    count, seconds, peak = map(float, run.stdout.split())
    assert count == size
    assert peak < form.mebibytes / share + SLACK
    return Reading(files, seconds, peak)


def _halves(size: int, share: int, shape: tuple[int, ...]) -> idx.ImageSet:
    """Return black images, of which one in `share` is for the test."""
    test = size // share
    images, labels = np.zeros((size, *shape), np.uint8), np.zeros(size, np.uint8)
    return idx.ImageSet(images[test:], labels[test:], images[:test], labels[:test])


def _mnist(folder: Path, size: int) -> int:
    idx.write_images(folder, _halves(size, 7, (28, 28)), compress=False)
    return 4


def _cifar(folder: Path, size: int) -> int:
    names = tuple("0123456789")
    cifar.write(folder, cifar.Cifar(_halves(size, 6, (3, 32, 32)), names))
    return 7


def _celeba(folder: Path, size: int) -> int:
    """Write the tables alone."""
    row = " -1  1" * (len(celeba.NAMES) // 2)
    names = [f"{number:06d}.jpg" for number in range(1, size + 1)]
    lines = [str(size), " ".join(celeba.NAMES), *(f"{name} {row}" for name in names)]
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines), encoding="utf-8")
    parts = "\n".join(f"{name} 0" for name in names)
    (folder / celeba.PARTITION).write_text(parts, encoding="utf-8")
    (folder / celeba.IMAGES).mkdir()
    return 2


def _market(folder: Path, size: int) -> int:
    """Write empty files, in the three folders as many as there are in the published ones."""
    train, query = 12_936 * size // 36_036, 3_368 * size // 36_036
    sizes = {"train": train, "query": query, "gallery": size - train - query}
    for first, (part, count) in zip((1, 800, 800), sizes.items(), strict=True):
        place = folder / market1501.FOLDERS[part]
        place.mkdir()
        for at in range(count):
            person, camera = first + at % 700, 1 + at % market1501.CAMERAS
            (place / f"{person:04d}_c{camera}s1_{at:06d}_00.jpg").touch()
    return size


def _vggface(folder: Path, size: int) -> int:
    """Write two empty files for each name."""
    names = [f"Name_Of_{number}" for number in range(size)]
    (folder / vggface.NAMES).write_text("\n".join(names), encoding="utf-8")
    for name in names:
        place = folder / vggface.IMAGES / name
        place.mkdir(parents=True)
        for number in (1, 2):
            (place / f"{name}_{number:08d}.jpg").touch()
    return 1 + 2 * size


def _ledgar(folder: Path, size: int) -> int:
    """Write provisions of 120 words, each with one of the thirteen labels."""
    labels = ledgar.PROTOTYPES
    ledgar.write(
        folder / "corpus.jsonl",
        [
            ledgar.Provision(f"{number} " + 120 * "words ", (labels[number % 13],), f"{number}.htm")
            for number in range(size)
        ],
    )
    return 1


IMAGES = "len(found.{0}train_images) + len(found.{0}test_images)"
FORMATS = {
    "idx": Format(70_000, 112, _mnist, IMAGES.format(""), "read_images"),
    "cifar": Format(60_000, 660, _cifar, IMAGES.format("images.")),
    "celeba": Format(202_599, 96, _celeba, "len(found.parts)"),
    "market1501": Format(36_036, 15, _market, "sum(len(x.files) for x in vars(found).values())"),
    "vggface": Format(2_622, 3, _vggface, "len(found.names)"),
    "ledgar": Format(60_000, 78, _ledgar, "len(found)"),
}
"""By the modules of `bench.paper.formats`."""
