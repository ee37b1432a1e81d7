"""Faces from a folder in the layout of VGG Face, or drawn ones in their place."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.paper.formats import vggface
from bench.paper.removal.images import Pair
from bench.paper.runs import checksum
from bench.paper.settings import Config
from bench.paper.vggface import drawings


@dataclass(frozen=True)
class Portraits:
    """Images, float32, shape (n, 3, side, side), 0 to 255 less the mean; and classes, int64.

    Attributes
    ----------
    names : tuple of str
        Of the classes.
    train, test : (inputs, targets)
        What the network is trained on, and what is held out.
    source : str
        What they are, for the account.
    """

    names: tuple[str, ...]
    train: Pair
    test: Pair
    source: str

    @property
    def sha256(self) -> str:
        """Hash of all numbers."""
        return checksum([*self.train, *self.test])


def load(folder: Path | None, config: Config) -> Portraits:
    """Return the faces in `folder`, or without one drawn faces, through the same reader.

    Parameters
    ----------
    folder : path or None
        Holds `names.txt` and `images`.
    config : dict
        Its table `data`: `side` in pixels; `held_out`, images of each name; `each`, the most
        images of a name that are used (0 for all; of `run.identity` all are); `source` in words;
        and of the drawn ones `persons`, `images` and `drawn_side`.

    Raises
    ------
    ValueError
        Where a name that has images has no more than are held out, or the identity has none.
    """
    options = config["data"]
    if folder is not None:
        return _read(folder, config, options["source"])
    with tempfile.TemporaryDirectory() as made:
        faces = drawings.images(options["persons"], options["images"], options["drawn_side"])
        vggface.write(made, faces)
        return _read(Path(made), config, "drawn faces")


def _read(folder: Path, config: Config, source: str) -> Portraits:
    options = config["data"]
    faces = vggface.read(folder)
    identity = config["run"].get("identity")
    if identity is not None:
        faces.of(identity)
    train, test = [], []
    rng = np.random.default_rng(0)
    for number, name in enumerate(faces.names):
        some = rng.permutation(np.flatnonzero(faces.classes == number))
        if options["each"] and name != identity:
            some = some[: options["each"]]
        if 0 < len(some) <= options["held_out"]:
            raise ValueError(
                f"{folder / vggface.IMAGES / name} must hold more than the {options['held_out']} "
                f"images of `held_out`, holds {len(some)}"
            )
        test.append(np.sort(some[: options["held_out"]]))
        train.append(np.sort(some[options["held_out"] :]))
    return Portraits(
        faces.names,
        _pair(faces, np.concatenate(train), options["side"]),
        _pair(faces, np.concatenate(test), options["side"]),
        source,
    )


def _pair(faces: vggface.Faces, chosen: NDArray[np.int64], side: int) -> Pair:
    targets = torch.from_numpy(faces.classes[chosen])
    if not len(chosen):
        return torch.empty(0, 3, side, side), targets
    inputs = torch.from_numpy(vggface.pixels([faces.files[at] for at in chosen], side)).float()
    inputs -= torch.tensor(vggface.MEAN)[:, None, None]
    return inputs, targets
