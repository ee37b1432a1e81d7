"""L-CODEC as a method of SUPREME, a framework that trains, unlearns and evaluates.

Andreou, Lanyon, Finke, Cosma: SUPREME: A Multi-GPU Framework for Reproducible Image Unlearning
Method Evaluation, arXiv 2606.00380. Of it, only the form of a method's call is used here.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lcodec.checks import no_unknown
from lcodec.scrub.scrubber import Scrubber


class Loader(Protocol):
    """A DataLoader, or what Fabric makes of one."""

    dataset: Any
    batch_size: int | None
    num_workers: int


class Pairs(Dataset[tuple[torch.Tensor, Any]]):
    """Rows (image, fine label, target) of SUPREME's data sets as pairs (image, target)."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, Any]:
        image, _, target = self._rows[index]
        return image, target


def whole(loader: Loader) -> DataLoader[Any]:
    """Return a loader of all rows, in order: Fabric's own give each process a share of them."""
    rows = Pairs(loader.dataset)
    return DataLoader(rows, batch_size=loader.batch_size, num_workers=loader.num_workers)


class Method:
    """A removal as SUPREME calls its unlearning methods.

    It changes the model in place, which there is a copy, and prints the report of the removal.
    The loss is the cross-entropy, as in SUPREME's training.

    Parameters
    ----------
    **options
        Keywords of `Scrubber`.

    Raises
    ------
    LcodecError
        `lcodec:unknownOption` for others; when it is called, as `Scrubber` and its `remove` do.

    Examples
    --------
    >>> from lcodec.scrub.integrations.supreme import Method
    >>> method = Method(weight_decay=5e-4, max_parameters=20_000)
    """

    def __init__(self, **options: Any) -> None:
        no_unknown(options, Scrubber)
        self._options = options

    def __call__(
        self,
        *,
        fabric: Any,
        model: nn.Module,
        retain_train_dataloader: Loader,
        forget_train_dataloader: Loader,
        **_: object,
    ) -> nn.Module:
        """Remove the samples of one loader, keep those of the other, and return the model.

        SUPREME calls a method by keywords, of which these are used.
        """
        plain = getattr(model, "module", model)  # Fabric wraps it
        retained, loss = whole(retain_train_dataloader), nn.functional.cross_entropy
        with Scrubber(plain, loss, retained, **self._options) as scrubber:
            fabric.print(scrubber.remove(whole(forget_train_dataloader)))
        return model


lcodec = Method()
lcodec_paper = Method(preset="paper")
