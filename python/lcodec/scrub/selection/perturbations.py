"""The noise that perturbed copies of the samples carry: on numbers, tokens or embeddings.

All of it is drawn on the CPU, numbers in float64, so that the values depend neither on the dtype
nor on the device of the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import nn

from lcodec.checks import whole_number
from lcodec.scrub import checks
from lcodec.scrub.samples.inputs import Inputs, tensors

Perturbation: TypeAlias = Callable[[Inputs, torch.Generator], Inputs]

SPECIAL = ("pad", "bos", "eos", "cls", "sep", "mask", "unk")  # tokens that a configuration names


@dataclass(frozen=True)
class GaussianNoise:
    """Add independent Gaussian noise to every floating-point tensor of the inputs.

    An `attention_mask` and tensors of other dtypes are left as they are.

    Parameters
    ----------
    sd : float, default 0.1
        Standard deviation, in the units of the inputs.

    Raises
    ------
    LcodecError
        `lcodec:optionRange` where `sd` is not above 0; `lcodec:inputDtype` where called with
        inputs without a floating-point tensor.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.selection.copies import GaussianNoise
    >>> noisy = GaussianNoise(sd=0.5)(torch.zeros(1000, 3), torch.Generator().manual_seed(0))
    >>> round(float(noisy.std()), 1)
    0.5
    """

    sd: float = 0.1

    def __post_init__(self) -> None:
        checks.positive(self.sd, "sd")

    def __call__(self, inputs: Inputs, generator: torch.Generator) -> Inputs:
        """Return a noisy copy of every row."""
        if not any(part.is_floating_point() for part in tensors(inputs)):
            checks.fail(
                "inputDtype",
                "inputs of `samples` must be floating point to carry Gaussian noise, "
                f"got {tensors(inputs)[0].dtype}",
            )
        if isinstance(inputs, torch.Tensor):
            return self._noisy(inputs, generator)
        if isinstance(inputs, Mapping):
            return {
                name: part if name == "attention_mask" else self._noisy(part, generator)
                for name, part in inputs.items()
            }
        return tuple(self._noisy(part, generator) for part in inputs)

    def _noisy(self, part: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        if not part.is_floating_point():
            return part
        offsets = torch.randn(part.shape, generator=generator, dtype=torch.float64)
        return part + self.sd * offsets.to(part)


@dataclass(frozen=True)
class TokenReplacement:
    """Replace random tokens of every row by random ids of the vocabulary.

    The token ids are the input itself, the first of a tuple, or `input_ids` of a mapping, whose
    `attention_mask`, where it has one, says which positions are tokens. Rows with fewer than `k`
    tokens to replace have them all replaced. A random id may be the one that was there.

    Parameters
    ----------
    k : int
        Tokens to replace in each row.
    vocabulary : int or sequence of int
        Number of ids, from 0 on, or the ids to draw from.
    special : sequence of int, default ()
        Ids that are neither replaced nor drawn, such as those of padding and separators.

    Raises
    ------
    LcodecError
        `lcodec:optionRange` where `k` is below 1; `lcodec:noTokens` where the vocabulary has
        only special ids or, when called, a row has no token to replace; `lcodec:inputDtype`
        where called with inputs without token ids.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.selection.copies import TokenReplacement
    >>> ids = torch.tensor([[1, 7, 8, 9, 2, 0]])  # start, three words, end, padding
    >>> replace = TokenReplacement(2, vocabulary=range(3, 50), special=(0, 1, 2))
    >>> noisy = replace(ids, torch.Generator().manual_seed(0))
    >>> bool((noisy[:, [0, 4, 5]] == ids[:, [0, 4, 5]]).all()), int((noisy != ids).sum())
    (True, 2)
    """

    k: int
    vocabulary: int | Sequence[int]
    special: Sequence[int] = ()

    def __post_init__(self) -> None:
        whole_number(self.k, "k", 1)
        if not len(self._drawn()):
            checks.fail("noTokens", "`vocabulary` must hold an id that is not special, got none")

    def _drawn(self) -> torch.Tensor:
        given = range(self.vocabulary) if isinstance(self.vocabulary, int) else self.vocabulary
        ids = torch.tensor(list(given), dtype=torch.int64)
        return ids[~torch.isin(ids, torch.tensor(list(self.special), dtype=torch.int64))]

    def __call__(self, inputs: Inputs, generator: torch.Generator) -> Inputs:
        """Return a copy of every row with other tokens."""
        ids, free = tokens(inputs, self.special)
        if not free.any(dim=1).all():
            row = int((~free.any(dim=1)).nonzero()[0])
            checks.fail(
                "noTokens",
                "inputs of `samples` must have a token that can be replaced in every row, "
                f"got none in row {row}",
            )
        old, drawn = ids.cpu(), self._drawn()
        score = torch.rand(old.shape, generator=generator, dtype=torch.float64)
        best = score.masked_fill(~free.cpu(), -1.0).topk(min(self.k, old.shape[1]), dim=1)
        new = drawn[torch.randint(len(drawn), best.indices.shape, generator=generator)]
        kept = old.gather(1, best.indices)
        new = torch.where(best.values < 0, kept, new.to(old.dtype))
        return _with_tokens(inputs, old.scatter(1, best.indices, new).to(ids.device))


@dataclass(frozen=True)
class EmbeddingNoise:
    """Replace token ids by their embeddings with Gaussian noise, as `inputs_embeds`.

    Parameters
    ----------
    embedding : torch.nn.Module
        Maps ids (b, t) to vectors (b, t, d): `model.get_input_embeddings()` in transformers.
    sd : float, default 0.1
        Standard deviation, in the units of the embedding.

    Raises
    ------
    LcodecError
        `lcodec:optionRange` where `sd` is not above 0; `lcodec:inputDtype` where called with
        anything but a mapping with `input_ids`.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.selection.copies import EmbeddingNoise
    >>> perturb = EmbeddingNoise(torch.nn.Embedding(10, 4), sd=0.1)
    >>> noisy = perturb({"input_ids": torch.tensor([[1, 2, 3]])}, torch.Generator())
    >>> {name: tuple(part.shape) for name, part in noisy.items()}
    {'inputs_embeds': (1, 3, 4)}
    """

    embedding: nn.Module
    sd: float = 0.1

    def __post_init__(self) -> None:
        checks.positive(self.sd, "sd")

    @torch.no_grad()
    def __call__(self, inputs: Inputs, generator: torch.Generator) -> Inputs:
        """Return a noisy copy of every row."""
        if not isinstance(inputs, Mapping) or "input_ids" not in inputs:
            checks.fail(
                "inputDtype",
                "inputs of `samples` must be a mapping with `input_ids` to carry noise on their "
                f"embeddings, got {type(inputs).__name__}",
            )
        # `forward` and not a call: hooks on the embedding are for the passes of the model.
        vectors: torch.Tensor = self.embedding.forward(inputs["input_ids"])
        offsets = torch.randn(vectors.shape, generator=generator, dtype=torch.float64)
        others = {name: part for name, part in inputs.items() if name != "input_ids"}
        return {**others, "inputs_embeds": vectors + self.sd * offsets.to(vectors)}


def unchanged(inputs: Inputs, generator: torch.Generator) -> Inputs:
    """Return the inputs as they are."""
    return inputs


def automatic(model: nn.Module, inputs: Inputs, noise: float = 0.1) -> Perturbation:
    """Return the perturbation that fits the inputs of a model.

    Parameters
    ----------
    model : torch.nn.Module
        The model. For token ids, its input embedding says how many there are, and its padding
        row and `config`, as transformers have it, which are special.
    inputs : tensor, tuple or mapping of tensors
        Samples.
    noise : float, default 0.1
        Standard deviation of the Gaussian noise where the inputs have a floating-point tensor;
        for token ids, the share of a sample's tokens that is replaced, at least one.

    Raises
    ------
    LcodecError
        `lcodec:inputDtype` where the inputs are neither, or the model has no Embedding.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.selection.copies import automatic
    >>> automatic(torch.nn.Linear(8, 2), torch.zeros(4, 8))
    GaussianNoise(sd=0.1)
    >>> model = torch.nn.Embedding(50, 2, padding_idx=0)
    >>> automatic(model, torch.ones(4, 8, dtype=torch.int64), noise=0.25)
    TokenReplacement(k=2, vocabulary=50, special=(0,))
    """
    named = inputs.items() if isinstance(inputs, Mapping) else enumerate(tensors(inputs))
    if any(part.is_floating_point() for name, part in named if name != "attention_mask"):
        return GaussianNoise(noise)
    embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
    preferred = getattr(model, "get_input_embeddings", None)  # of transformers
    if callable(preferred):
        embeddings.insert(0, preferred())
    if not embeddings:
        checks.fail(
            "inputDtype",
            "inputs of `samples` must be floating point for a model without Embedding, "
            f"got {tensors(inputs)[0].dtype}; give `perturb`",
        )
    named_ids = [
        getattr(getattr(model, "config", None), f"{name}_token_id", None) for name in SPECIAL
    ]
    special = {one for one in (*named_ids, embeddings[0].padding_idx) if isinstance(one, int)}
    _, free = tokens(inputs, tuple(special))
    k = max(1, round(noise * float(free.sum(dim=1).double().mean())))
    return TokenReplacement(k, embeddings[0].num_embeddings, tuple(sorted(special)))


def tokens(inputs: Inputs, special: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the token ids of the inputs, (b, t), and where they are neither masked nor special.

    Raises
    ------
    LcodecError
        `lcodec:inputDtype` where the inputs have no token ids.
    """
    named = inputs if isinstance(inputs, Mapping) else {"input_ids": tensors(inputs)[0]}
    ids = named.get("input_ids")
    if ids is None or ids.is_floating_point() or ids.ndim != 2:
        found = f"names {', '.join(named)}" if ids is None else f"{ids.dtype} of {ids.ndim} axes"
        checks.fail(
            "inputDtype",
            f"inputs of `samples` must have integer token ids (b, t), got {found}",
        )
    free = ~torch.isin(ids, torch.tensor(list(special), dtype=ids.dtype, device=ids.device))
    mask = named.get("attention_mask")
    return ids, free if mask is None else free & (mask.to(ids.device) != 0)


def _with_tokens(inputs: Inputs, ids: torch.Tensor) -> Inputs:
    if isinstance(inputs, torch.Tensor):
        return ids
    return {**inputs, "input_ids": ids} if isinstance(inputs, Mapping) else (ids, *inputs[1:])
