"""What surrounds a computation, put aside for its time: the results depend on the model alone.

A caller may be in autocast, may have another default device than the CPU, parts of the model may
be compiled, and parts may recompute their activations (checkpointing). Inside `plainly` none of it
holds: hooks fire, derivatives are those of the weights they are taken at, and the bits are those
that the same call gives elsewhere.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import torch
from torch import nn
from torch.utils import checkpoint

from lcodec.scrub import checks

DEVICE_TYPES = ("cpu", "cuda", "mps", "xpu", "hpu", "privateuseone")

_callers_device: ContextVar[torch.device | None] = ContextVar("_callers_device", default=None)


@contextmanager
def plainly(model: nn.Module) -> Iterator[None]:
    """Run a block without autocast, compiled code, checkpointing or a default device.

    The model itself may still use autocast inside its own forward pass.

    Parameters
    ----------
    model : torch.nn.Module
        The model that the block runs.
    """
    with ExitStack() as stack:
        kinds = dict.fromkeys([*DEVICE_TYPES, *(part.device.type for part in model.parameters())])
        for kind in kinds:
            if _autocasts(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
                # What it keeps of the weights would outlive a change of them.
                stack.callback(torch.clear_autocast_cache)
        stack.enter_context(eager(model))
        stack.enter_context(_without_shortcuts())
        default = torch.get_default_device()
        if default.type != "cpu":
            stack.callback(_callers_device.reset, _callers_device.set(default))
            stack.enter_context(torch.device("cpu"))
        yield


def as_the_caller() -> Any:
    """Return a context with the caller's default device, for the caller's own model and loss."""
    return _callers_device.get() or nullcontext()


def _autocasts(kind: str) -> bool:
    try:
        return torch.is_autocast_enabled(kind)
    except RuntimeError:  # a device type that this torch does not have
        return False


@contextmanager
def eager(model: nn.Module) -> Iterator[None]:
    """Run a block in which compiled parts of a model run as they were before: hooks fire there.

    Parameters
    ----------
    model : torch.nn.Module
        The model, of which parts may have been compiled.

    Raises
    ------
    LcodecError
        `lcodec:modelKind` where there are such parts and torch is older than 2.6.
    """
    if "torch._dynamo" not in sys.modules:  # then nothing was compiled
        yield
        return
    stance: Callable[[str], Any] | None = getattr(torch.compiler, "set_stance", None)
    if stance is not None:
        with stance("force_eager"):
            yield
        return
    for name, module in model.named_modules():
        if hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None):
            checks.fail(
                "modelKind",
                f"`model` must have no compiled parts with torch {torch.__version__}, got "
                f"`{name}`; use torch 2.6 or later, or pass the model that is not compiled",
            )
    yield


class _Direct:
    """In place of torch's `CheckpointFunction`: the function itself."""

    @staticmethod
    def apply(function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        return function(*args)


def _nothing(*args: Any, **kwargs: Any) -> Iterator[None]:
    """In place of what surrounds a function that is checkpointed without re-entering."""
    yield


_REPLACED = {"CheckpointFunction": _Direct, "_checkpoint_without_reentrant_generator": _nothing}
_FUSED = "attention"
_lock = threading.Lock()
_found: dict[str, Any] = {}
_inside = 0


@contextmanager
def _without_shortcuts() -> Iterator[None]:
    """Have `torch.utils.checkpoint.checkpoint` call its function, nothing more.

    What is computed again in the backward pass would be so at the weights of that moment, which
    are not those of the forward pass where other ones were swapped in. Models import the function
    by its name, so that it has to change from inside. Another thread that trains meanwhile
    computes the same, with more memory.

    Attention layers compute the same with and without gradients, and not by the fused way that
    calls no submodule.
    """
    global _inside
    with _lock:
        if _inside == 0:
            _found.update({name: getattr(checkpoint, name) for name in _REPLACED})
            for name, value in _REPLACED.items():
                setattr(checkpoint, name, value)
            _found[_FUSED] = torch.backends.mha.get_fastpath_enabled()
            torch.backends.mha.set_fastpath_enabled(False)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                torch.backends.mha.set_fastpath_enabled(_found.pop(_FUSED))
                for name, value in _found.items():
                    setattr(checkpoint, name, value)
