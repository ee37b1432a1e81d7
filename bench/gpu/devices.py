"""A device by the library whose arrays lie on it, or with a dry run the CPU in its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

from python.tests.neighbors.device import places
from python.tests.neighbors.device.fake_cupy import Array
from python.tests.neighbors.device.places import Place

LIBRARIES = ("CuPy", "torch through CuPy", "torch without CuPy")


@contextmanager
def opened(library: str, *, dry_run: bool) -> Iterator[Place | None]:
    """Yield where the library's arrays are computed; None where it, or its device, is missing."""
    with _emulated(library) if dry_run else _real(library) as place:
        yield place


@contextmanager
def _real(library: str) -> Iterator[Place | None]:
    make = places.on_gpu(library.split()[0].lower())
    if make is None or ("through" in library and places.on_gpu("cupy") is None):
        yield None
        return
    with places.without_cupy() if "without" in library else nullcontext():
        yield places.place(library.split()[0].lower(), make)


@contextmanager
def _emulated(library: str) -> Iterator[Place | None]:
    if library == "CuPy" and shutil.which("g++"):
        with tempfile.TemporaryDirectory() as folder, places.cupy_on_cpu(Path(folder)):
            yield places.place("cupy", Array)
    elif library == "torch without CuPy" and find_spec("torch"):
        import torch

        with places.torch_on_cpu():
            yield places.place("torch", torch.from_numpy)
    else:
        yield None
