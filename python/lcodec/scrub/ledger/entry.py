"""What a ledger says about one removal, and about taking one back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from lcodec.scrub.ledger.weights import to_bytes
from lcodec.scrub.report import RemovalReport
from lcodec.scrub.samples.inputs import Inputs, pair
from lcodec.scrub.samples.retained import Id


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a ledger.

    Attributes
    ----------
    sequence : int
        Number of the entry, from 1 on.
    time : str
        UTC, ISO 8601.
    kind : {"removal", "undo"}
        What was done.
    undoes : int or None
        For an undo, the number of the removal that it takes back.
    ids : tuple of int or str
        The samples, where they have ids.
    samples : tuple of str
        Else the SHA-256 of each, see `sample_hashes`.
    removal : dict
        What was selected (method, response, units by layer), how many parameters were touched,
        the curvature and its damping, the norms of the step and of the retained gradient before
        and after, the loss on the samples before and after. Empty for an undo.
    noise : dict or None
        Scope, sigma, epsilon and delta of the noise, None without any.
    composed : dict
        `epsilon` and `delta` added up over all removals with noise so far, those taken back
        included: what was released stays released. Removals without noise are not in the sum,
        and promise nothing.
    options : dict
        With which options the scrubber ran.
    library : str
        Version of lcodec.
    step : str
        SHA-256 of the file of the new values.
    before, after : str
        Fingerprints of the weights.

    Examples
    --------
    >>> from lcodec.scrub import Entry
    >>> Entry(kind="removal", ids=(3, 17)).forgotten
    2
    """

    sequence: int = 0
    time: str = ""
    kind: str
    undoes: int | None = None
    ids: tuple[Id, ...] = ()
    samples: tuple[str, ...] = ()
    removal: Mapping[str, Any] = field(default_factory=dict)
    noise: Mapping[str, Any] | None = None
    composed: Mapping[str, float] = field(default_factory=lambda: {"epsilon": 0.0, "delta": 0.0})
    options: Mapping[str, Any] = field(default_factory=dict)
    library: str = ""
    step: str = ""
    before: str = ""
    after: str = ""

    @property
    def forgotten(self) -> int:
        """Number of samples."""
        return len(self.ids) + len(self.samples)


REPORTED = (
    "retained",
    "step",
    "solver",
    "curvature_samples",
    "parameters_touched",
    "parameters_total",
    "curvature",
    "damping",
    "step_norm",
    "step_clipped",
    "gradient",
    "gradient_before",
    "gradient_after",
    "residual_before",
    "residual_after",
    "loss_before",
    "loss_after",
    "predicted_change",
    "predicted_loss_change",
    "training_size",
    "retained_digest",
    "forgotten_digest",
    "forgotten_slope",
    "retained_slope",
    "accuracy_before",
    "accuracy_after",
    "actual_change",
)
"""Fields of a report that an entry keeps as they are."""


def removal_entry(
    report: RemovalReport,
    *,
    ids: Iterable[Id] = (),
    samples: Iterable[str] = (),
    noise: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Entry:
    """Return the entry for a removal, without what the ledger adds.

    `samples` are the hashes of those without ids; `noise` holds `epsilon` and `delta` of this
    removal and what else is to be kept, `options` those of the scrubber, JSON-ready.
    """
    chosen = {"select": report.select, "response": report.response, "slices": report.by_layer()}
    rest = {name: getattr(report, name) for name in REPORTED}
    return Entry(
        kind="removal",
        ids=tuple(ids),
        samples=tuple(samples),
        removal={**chosen, **rest},
        noise=noise,
        options=dict(options or {}),
    )


def undo_entry(of: Entry) -> Entry:
    """Return the entry that takes back a removal, without what the ledger adds."""
    return Entry(kind="undo", ids=of.ids, samples=of.samples, undoes=of.sequence)


def sample_hashes(inputs: Inputs, targets: torch.Tensor) -> tuple[str, ...]:
    """Return the SHA-256 of each sample: dtype, shape and bits of its inputs and its target.

    By it a ledger knows samples that have no ids. The hash of a sample is the same alone and
    among others; it is another one in another dtype.

    Parameters
    ----------
    inputs : torch.Tensor, tuple of tensors or mapping of str to tensor
        Each with n rows.
    targets : torch.Tensor, shape (n, ...)
        A row per sample.

    Returns
    -------
    tuple of str
        64 hexadecimal digits for each of the n samples.

    Raises
    ------
    LcodecError
        `lcodec:notPair`, `lcodec:sizeMismatch`, `lcodec:emptyInput` or `lcodec:nonFinite` where
        these are no samples.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import sample_hashes
    >>> X, y = torch.zeros(2, 3), torch.tensor([0, 1])
    >>> both = sample_hashes(X, y)
    >>> both[0] != both[1], both[1:] == sample_hashes(X[1:], y[1:])
    (True, True)
    """
    inputs, targets = pair((inputs, targets), "samples")
    if isinstance(inputs, torch.Tensor):
        named = [("0", inputs)]
    elif isinstance(inputs, Mapping):
        named = sorted(inputs.items())
    else:
        named = [(str(number), tensor) for number, tensor in enumerate(inputs)]
    named.append(("target", targets))
    return tuple(
        _hash((name, tensor[row]) for name, tensor in named) for row in range(len(targets))
    )


def _hash(named: Iterable[tuple[str, torch.Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, tensor in named:
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(to_bytes(tensor))
    return digest.hexdigest()
