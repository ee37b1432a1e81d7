"""Where a network looks: its last maps over an image, before and after a removal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import interpolate

from bench.paper.reid.data import DEVIATION, MEAN
from bench.paper.removal.figure import STYLE
from bench.paper.removal.sequence import REFIT, Case, trained_without
from bench.paper.removal.task import Task
from lcodec.scrub import load_weights

BEFORE = "before"


@torch.no_grad()
def activation_maps(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return the sum over the channels of the squares of the last maps, over each image.

    Parameters
    ----------
    model : torch.nn.Module
        Has `maps`.
    images : torch.Tensor, shape (n, 3, height, width)
        Normalised pixels.

    Returns
    -------
    torch.Tensor, shape (n, height, width)
        0 to 1 in each image.
    """
    found = model.maps(images).square().sum(1, keepdim=True)
    large = interpolate(found, size=images.shape[2:], mode="bilinear")[:, 0]
    return large / large.amax((1, 2), keepdim=True).clamp_min(1e-12)


def draw_maps(folder: Path, task: Task, seed: int, case: Case, methods: Sequence[str]) -> None:
    """Draw the maps on an image of the person and one of another, by each model of a run.

    Parameters
    ----------
    folder : path
        Of the run: holds the weights, and `maps.png` after it.
    task : Task
        Whose network it is.
    seed : int
        Of the training.
    case : Case
        What was removed.
    methods : sequence of str
        Those whose weights are taken, where they were kept.
    """
    last = len(case.steps)
    files = {
        BEFORE: folder / f"seed {seed}.pt",
        REFIT: folder / f"{trained_without(case.gone(last), seed)}.pt",
        **{name: folder / f"seed {seed}, {case.name}" / name / "weights.pt" for name in methods},
    }
    images = torch.cat([task.rows(case.steps[0][:1])[0], task.test[0][:1]])
    deviation, mean = (torch.tensor(values)[:, None, None] for values in (DEVIATION, MEAN))
    pixels = (images.cpu() * deviation + mean).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    there = {name: file for name, file in files.items() if file.exists()}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.3 * len(there), 4.6), layout="constrained")
        panels = figure.subplots(2, len(there), squeeze=False)
        for place, (name, file) in enumerate(there.items()):
            model = task.model(seed).eval()
            model.load_state_dict(load_weights(file))
            maps = activation_maps(model, images).cpu().numpy()
            for row, who in enumerate(("the person", "another")):
                axes = panels[row][place]
                axes.imshow(pixels[row])
                axes.imshow(maps[row], cmap="inferno", alpha=0.55, vmin=0, vmax=1)
                axes.set_xticks([])
                axes.set_yticks([])
                if row == 0:
                    axes.set_title(name, fontsize=7)
                if place == 0:
                    axes.set_ylabel(who, fontsize=7)
        figure.savefig(folder / "maps.png", dpi=120)
