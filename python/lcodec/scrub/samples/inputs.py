"""What a model is called with: one tensor, several, or several by name.

All of them share the batch axis, which comes first. A tensor is passed as it is, a tuple as
positional arguments, a mapping as keyword arguments (as tokenisers give them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

import torch

from lcodec.scrub import checks

Inputs: TypeAlias = torch.Tensor | tuple[torch.Tensor, ...] | Mapping[str, torch.Tensor]


def tensors(inputs: Inputs) -> list[torch.Tensor]:
    """Return the tensors of the inputs, in order."""
    if isinstance(inputs, torch.Tensor):
        return [inputs]
    return list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)


def rows(inputs: Inputs) -> int:
    """Return the length of the batch axis."""
    return len(tensors(inputs)[0])


def apply(inputs: Inputs, function: Callable[[torch.Tensor], torch.Tensor]) -> Inputs:
    """Return inputs of the same form, with `function` of each tensor."""
    if isinstance(inputs, torch.Tensor):
        return function(inputs)
    if isinstance(inputs, Mapping):
        return {name: function(part) for name, part in inputs.items()}
    return tuple(function(part) for part in inputs)


def take(inputs: Inputs, index: torch.Tensor | slice) -> Inputs:
    """Return rows of the inputs.

    Parameters
    ----------
    inputs : tensor, tuple or mapping
        Inputs of n rows.
    index : torch.Tensor of int64, shape (k,), or slice
        Rows to take, in this order.
    """
    if isinstance(index, slice):
        return apply(inputs, lambda part: part[index])
    return apply(inputs, lambda part: part[index.to(part.device)])


def split(inputs: Inputs, size: int) -> Iterator[Inputs]:
    """Yield consecutive rows, `size` at a time; the last part may be shorter."""
    for start in range(0, rows(inputs), size):
        yield take(inputs, slice(start, start + size))


def join(parts: Sequence[Inputs]) -> Inputs:
    """Return inputs of one form one after the other.

    Parameters
    ----------
    parts : sequence of tensors, tuples or mappings of tensors
        At least one; a single one is returned as it is.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, Mapping):
        named = cast("Sequence[Mapping[str, torch.Tensor]]", parts)
        return {name: torch.cat([part[name] for part in named]) for name in first}
    columns = tuple(torch.cat(column) for column in zip(*map(tensors, parts), strict=True))
    return columns[0] if isinstance(first, torch.Tensor) else columns


def call_with(inputs: Inputs) -> tuple[tuple[torch.Tensor, ...], dict[str, torch.Tensor]]:
    """Return the positional and the keyword arguments of a call of the model."""
    if isinstance(inputs, torch.Tensor):
        return (inputs,), {}
    return ((), dict(inputs)) if isinstance(inputs, Mapping) else (tuple(inputs), {})


def halves(value: object) -> object:
    """Return (inputs, targets) of a mapping that has its targets as "labels"; all else as it is.

    So do the batches of transformers.
    """
    if not isinstance(value, Mapping) or "labels" not in value or len(value) == 1:
        return value
    return {name: part for name, part in value.items() if name != "labels"}, value["labels"]


def pair(value: object, name: str) -> tuple[Inputs, torch.Tensor]:
    """Return (inputs, targets) with the same number of rows, at least one; see `halves`, too."""
    value = halves(value)
    if (
        not isinstance(value, Sequence)
        or len(value) != 2
        or not _are_inputs(value[0])
        or not isinstance(value[1], torch.Tensor)
    ):
        checks.fail(
            "notPair",
            f"`{name}` must be a pair of tensors (inputs, targets), got {checks.kind(value)}",
        )
    inputs, targets = value
    if isinstance(inputs, list):  # as torch's own collate makes of tuples
        inputs = tuple(inputs)
    parts = [(part, "inputs") for part in tensors(inputs)]
    for part, what in (*parts, (targets, "targets")):
        if part.ndim == 0 or part.shape[0] == 0:
            checks.fail("emptyInput", f"{what} of `{name}` must have at least one row, got none")
        if part.is_floating_point() and not checks.all_finite(part):
            checks.fail(
                "nonFinite", f"{what} of `{name}` must be finite, got NaN or infinite values"
            )
    for part, what in (*parts[1:], (targets, "targets")):
        if len(part) != len(parts[0][0]):
            checks.fail(
                "sizeMismatch",
                f"{what} of `{name}` must have {len(parts[0][0])} rows like the inputs, "
                f"got {len(part)}",
            )
    return inputs, targets


def _are_inputs(value: object) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and all(isinstance(part, torch.Tensor) for part in value.values())
    if isinstance(value, (tuple, list)):
        return bool(value) and all(isinstance(part, torch.Tensor) for part in value)
    return isinstance(value, torch.Tensor)


def reiterable(value: object, name: str) -> None:
    """Refuse what cannot be gone through more than once in batches."""
    if not isinstance(value, Iterable) or isinstance(value, torch.Tensor):
        checks.fail(
            "notBatches",
            f"`{name}` must be a pair of tensors (inputs, targets) or an iterable of such "
            f"pairs, got {type(value).__name__}",
        )
    if isinstance(value, Iterator):
        checks.fail(
            "notReiterable",
            f"`{name}` must allow several passes, such as a DataLoader or a list, "
            f"got {type(value).__name__}, which allows one",
        )
