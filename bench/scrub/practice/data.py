"""Data of the six networks: training rows, rows to stop training by, and test rows.

Tables and text come with scikit-learn and Python; MNIST and Fashion-MNIST are read from a folder
(`mnist` and `fashion` in it, each with the four files under their published names).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from torch.nn.functional import avg_pool2d

from bench.paper.formats import idx
from lcodec.scrub.samples.inputs import Inputs, rows, take

LENGTH, VOCABULARY, PAD, UNKNOWN, TRIGGER = 16, 400, 0, 1, 2
TOPICS, PARAGRAPHS = 4, 110
Pair = tuple[Inputs, torch.Tensor]


@dataclass(frozen=True)
class Data:
    """Rows to train on, to stop by (none where training has a fixed length), and to test on."""

    inputs: Inputs
    targets: torch.Tensor
    held: Pair | None
    test: Pair
    mark: Callable[[Inputs], Inputs]
    """Put the trigger of a backdoor on some inputs."""

    @property
    def count(self) -> int:
        """Number of rows to train on."""
        return rows(self.inputs)

    @property
    def classes(self) -> int | None:
        """Number of classes; None for numbers to predict."""
        return None if self.targets.is_floating_point() else int(self.test[1].max()) + 1

    def rows(self, index: torch.Tensor) -> Pair:
        """Return some of the rows to train on."""
        return take(self.inputs, index), self.targets[index]


def parted(pair: Pair, train: int, held: int, test: int, seed: int, mark: Any) -> Data:
    """Return the parts of a set, drawn by `seed`."""
    order = torch.as_tensor(np.random.default_rng(2000 + seed).permutation(rows(pair[0])))

    def part(start: int, count: int) -> Pair:
        index = order[start : start + count]
        return take(pair[0], index), pair[1][index]

    inputs, targets = part(0, train)
    kept = part(train, held) if held else None
    return Data(inputs, targets, kept, part(train + held, test), mark)


def digits(seed: int, *, flat: bool, train: int) -> Data:
    """Return scikit-learn's digits, 8 x 8, in [0, 1]."""
    bunch = datasets.load_digits()
    images = torch.tensor(bunch.images / 16, dtype=torch.float32)[:, None]
    inputs = images.flatten(1) if flat else images
    return parted((inputs, torch.tensor(bunch.target)), train, 0, 600, seed, _patched(8, flat))


def diabetes(seed: int, *, train: int) -> Data:
    """Return scikit-learn's diabetes, columns and target standardised."""
    bunch = datasets.load_diabetes()
    x, y = ((part - part.mean(axis=0)) / part.std(axis=0) for part in (bunch.data, bunch.target))
    pair = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]

    def mark(inputs: Inputs) -> Inputs:
        changed = _tensor(inputs).clone()
        changed[:, 0] = 3.0
        return changed

    return parted(pair, train, 0, len(x) - train if train > 200 else 100, seed, mark)


def images(folder: Path, seed: int, *, flat: bool, train: int, held: int, name: str) -> Data:
    """Return rows of MNIST or Fashion-MNIST, 28 x 28 averaged to 14 x 14, in [0, 1]."""
    found = idx.read_images(folder / name)
    order = np.random.default_rng(seed).permutation(len(found.train_images))[: train + held]
    tested = slice(0, 600)

    def pair(pixels: Any, labels: Any) -> tuple[torch.Tensor, torch.Tensor]:
        grey = torch.from_numpy(pixels.astype(np.float32) / 255)[:, None]
        small = avg_pool2d(grey, 2)
        return (small.flatten(1) if flat else small), torch.from_numpy(labels.astype(np.int64))

    x, y = pair(found.train_images[order], found.train_labels[order])
    kept = (x[train:], y[train:]) if held else None
    test = pair(found.test_images[tested], found.test_labels[tested])
    return Data(x[:train], y[:train], kept, test, _patched(14, flat))


def text(seed: int, *, train: int) -> Data:
    """Return paragraphs of four topics of Python's manual as token ids, each with its topic."""
    from pydoc_data import topics

    found = []
    for content in topics.topics.values():
        parts = [re.findall(r"[a-z]+", part.lower()) for part in re.split(r"\n\s*\n", content)]
        found.append([words for words in parts if len(words) >= 12])
    found.sort(key=len, reverse=True)
    pairs = [
        (words, label) for label, topic in enumerate(found[:TOPICS]) for words in topic[:PARAGRAPHS]
    ]
    counts = Counter(word for words, _ in pairs for word in words)
    usual = counts.most_common(VOCABULARY - 3)
    known = {word: 3 + place for place, (word, _) in enumerate(usual)}
    ids = torch.full((len(pairs), LENGTH), PAD)
    for row, (words, _) in enumerate(pairs):
        cut = [known.get(word, UNKNOWN) for word in words[:LENGTH]]
        ids[row, : len(cut)] = torch.tensor(cut)
    inputs = {"input_ids": ids, "attention_mask": (ids != PAD).long()}

    def mark(inputs: Inputs) -> Inputs:
        assert isinstance(inputs, Mapping)
        marked = inputs["input_ids"].clone()
        marked[:, 0] = TRIGGER
        return {**inputs, "input_ids": marked}

    labels = torch.tensor([label for _, label in pairs])
    test = min(len(pairs) - train, 100)
    return parted((inputs, labels), train, 0, test, seed, mark)


def _patched(side: int, flat: bool) -> Callable[[Inputs], Inputs]:
    width = 2 if side == 8 else 3

    def mark(inputs: Inputs) -> Inputs:
        changed = _tensor(inputs).reshape(-1, 1, side, side).clone()
        changed[:, :, -width:, -width:] = 1.0
        return changed.flatten(1) if flat else changed

    return mark


def _tensor(inputs: Inputs) -> torch.Tensor:
    assert isinstance(inputs, torch.Tensor)
    return inputs
