"""What is tried on a few samples before a removal: whether model, loss and data fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from lcodec.checks import warn
from lcodec.scrub import checks
from lcodec.scrub.objective import work
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.modes import in_mode
from lcodec.scrub.objective.objective import call, logits_of, run, sum_of_squares
from lcodec.scrub.samples.batches import Batch
from lcodec.scrub.samples.inputs import Inputs, rows, take, tensors

FEW = 4  # samples that are tried
OTHERWISE = 0.1  # relative difference of outputs that no rounding explains


@torch.no_grad()
def check_batch(model: nn.Module, loss: PerSampleLoss, samples: Batch, name: str) -> None:
    """Refuse what model and loss do not take, or do not take sample by sample.

    Parameters
    ----------
    model : torch.nn.Module
        The model, in evaluation mode.
    loss : PerSampleLoss
        Loss of one sample.
    samples : (inputs, targets)
        Of which the first four are tried.
    name : str
        Argument name for messages.

    Raises
    ------
    LcodecError
        `lcodec:modelInput`, `lcodec:modelOutput`, `lcodec:batchDependent`, or what
        `PerSampleLoss.check` raises.
    """
    inputs, targets = _few(samples)
    try:
        outputs = run(model, inputs)
    except (RuntimeError, TypeError) as error:
        shapes = ", ".join(f"{part.dtype} {tuple(part.shape)}" for part in tensors(inputs))
        checks.fail("modelInput", f"`model` must take the inputs of `{name}`, {shapes}: {error}")
    two = run(model, take(inputs, slice(2)))
    few, more = two.double(), outputs[:2].double()
    if (few - more).norm() > _close(model) * more.norm():
        checks.fail(
            "batchDependent",
            "`model` must give a sample the same outputs in any batch, in evaluation mode, "
            "got others beside other samples (BatchNorm needs `track_running_stats`)",
        )
    loss.check(outputs, targets)


def check_uses(model: nn.Module, loss: PerSampleLoss, samples: Batch) -> None:
    """Refuse a model whose weights have another gradient where their values are swapped in.

    All derivatives are taken at values that stand in for the parameters. They do not reach a
    weight that is used through a list or a closure.

    Parameters
    ----------
    model, loss, samples
        As for `check_batch`.

    Raises
    ------
    LcodecError
        `lcodec:weightUse`, with the name of a parameter; `lcodec:noGradient` where the loss has
        none at all.
    """
    own = {name: part for name, part in model.named_parameters() if part.requires_grad}
    if isinstance(loss.given, nn.Module):
        for name, part in own.items():
            if any(part is other for other in loss.given.parameters()):
                checks.fail(
                    "lossPenalty",
                    "`loss` must depend on the model by its outputs alone, got a module that holds "
                    f"the model's `{name}`; leave it out of the loss",
                )
    swapped = {name: part.detach().requires_grad_() for name, part in own.items()}
    wanted, found = (
        _slopes(model, loss, _few(samples), leaves, replaced)
        for leaves, replaced in ((own, {}), (swapped, swapped))
    )
    total = sum(square for square, _ in wanted.values()) ** 0.5
    if not wanted:
        checks.fail(
            "noGradient",
            "`model` must pass gradients on to its parameters, got outputs without any (as under "
            "`torch.no_grad`, or of parts that cannot be differentiated)",
        )
    noise = 1e3 * torch.finfo(next(model.parameters()).dtype).eps * total
    for name in own:
        (square, sign), (other, swung) = wanted[name], found.get(name, (0.0, 0.0))
        size = max(square, other) ** 0.5
        off = max(abs(square**0.5 - other**0.5), abs(sign - swung))
        if size > noise and off > _close(model) * size:
            checks.fail(
                "weightUse",
                f"`model` must use `{name}` as an attribute of its module, got one that has "
                "another gradient where its value is swapped: it is held in a list, a closure or "
                "the like, or is used in a computation of its own derivative",
            )


def _slopes(
    model: nn.Module,
    loss: PerSampleLoss,
    samples: Batch,
    leaves: Mapping[str, torch.Tensor],
    replaced: Mapping[str, torch.Tensor],
) -> dict[str, tuple[float, float]]:
    """Return of each gradient the sum of squares, and its product with alternating signs."""
    with torch.enable_grad():
        value = loss.total(run(model, samples[0], replaced), samples[1])
        if not value.requires_grad:
            return {}
        work.backward(rows(samples[0]))
        parts = torch.autograd.grad(
            value, list(leaves.values()), allow_unused=True, materialize_grads=False
        )
    found = {}
    for name, part in zip(leaves, parts, strict=True):
        flat = torch.zeros(1) if part is None else part.to_dense().reshape(-1)
        signed = flat[::2].sum() - flat[1::2].sum()
        # In units of the norm for random signs.
        found[name] = float(sum_of_squares(flat)), float(signed) / max(1, len(flat)) ** 0.5
    return found


def check_outputs(model: nn.Module, samples: Batch) -> None:
    """Refuse a model that returns something else in evaluation mode than in training.

    The loss was trained on what the model returns in training, such as logits, and a removal takes
    what it returns in evaluation mode, which of some models are features or probabilities. Dropout
    and BatchNorm are kept from making a difference, and leave no trace; where other chance is at
    work, only the form of the outputs is compared.

    Parameters
    ----------
    model, samples
        As for `check_batch`.

    Raises
    ------
    LcodecError
        `lcodec:evalOutputs` where the outputs have another form, a warning where they have other
        values.
    """
    inputs, _ = _few(samples)
    place = next(model.parameters()).device
    with torch.no_grad(), torch.random.fork_rng([place] if place.type == "cuda" else []):
        expected = run(model, inputs)
        trained, again = (_in_training(model, inputs) for _ in range(2))
    if trained is _UNKNOWN:
        return
    way_out = (
        "got {} in training and {} in evaluation mode; wrap the model so that it returns in both "
        "modes what `loss` was trained on"
    )
    if not isinstance(trained, torch.Tensor) or trained.shape != expected.shape:
        checks.fail(
            "evalOutputs",
            "`model` must return the same outputs in evaluation mode as in training, "
            + way_out.format(_form(trained), _form(expected)),
        )
    if _differ(trained, expected) and torch.equal(again, trained):
        warn(
            "evalOutputs",
            "`model` returns other values in evaluation mode than in training, though not by "
            "chance: " + way_out.format(_values(trained), _values(expected)),
        )


_UNKNOWN = object()


def _in_training(model: nn.Module, inputs: Inputs) -> Any:
    """Return the outputs in training mode, `_UNKNOWN` where there are none.

    Running statistics and other buffers are written into copies.
    """
    buffers = {name: part.clone() for name, part in model.named_buffers()}
    with in_mode(model, training=True), _Settled():
        try:
            return logits_of(call(model, inputs, buffers))
        except Exception:  # as of models that want targets in training
            return _UNKNOWN


class _Settled(TorchFunctionMode):
    """Dropout and BatchNorm compute in training mode what they do in evaluation mode."""

    _dropouts = (
        functional.dropout,
        functional.alpha_dropout,
        functional.dropout1d,
        functional.dropout2d,
        functional.dropout3d,
        functional.feature_alpha_dropout,
    )
    _norms = ((functional.batch_norm, "training"), (functional.instance_norm, "use_input_stats"))

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in self._dropouts:
            return args[0]
        for norm, flag in self._norms:
            mean = args[1] if len(args) > 1 else named.get("running_mean")
            if func is norm and mean is not None:
                named[flag] = False
        if func is functional.scaled_dot_product_attention and "dropout_p" in named:
            named["dropout_p"] = 0.0
        return func(*args, **named)


def _few(samples: Batch) -> Batch:
    """Return the first of some samples."""
    inputs, targets = (take(part, slice(FEW)) for part in samples)
    return inputs, cast("torch.Tensor", targets)


def _close(model: nn.Module) -> float:
    """Return the relative difference that rounding may make."""
    return float(10 * torch.finfo(next(model.parameters()).dtype).eps ** 0.5)


def _differ(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool((one.double() - other.double()).norm() > OTHERWISE * other.double().norm())


def _form(outputs: Any) -> str:
    if isinstance(outputs, torch.Tensor):
        return f"a tensor {tuple(outputs.shape)}"
    return checks.kind(outputs)


def _values(outputs: torch.Tensor) -> str:
    first = outputs.reshape(-1)[:3].tolist()
    return ", ".join(f"{value:.3g}" for value in first) + ", ..."
