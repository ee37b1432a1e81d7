"""Weights on disk, and the fingerprint by which a ledger knows them."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import checks
from lcodec.scrub.ledger.archive import check_safetensors_file, check_torch_file, refuse
from lcodec.scrub.ledger.files import write_atomically
from lcodec.scrub.ledger.places import real_file
from lcodec.scrub.ledger.rights import Rights

State = Mapping[str, torch.Tensor]
"""Parameters and buffers by name, as `torch.nn.Module.state_dict` gives them."""


def load_weights(
    path: str | os.PathLike[str], *, limit: int | None = None
) -> dict[str, torch.Tensor]:
    """Read a state dict without running any code that the file may hold.

    It takes no more memory than the file has bytes: compressed files, and tensors without their
    data in the file, are refused before they are read.

    Parameters
    ----------
    path : path-like
        A file with the suffix ".safetensors", which needs the package safetensors, or one that
        `torch.save` wrote: it is read with `weights_only=True`.
    limit : int, optional
        Most bytes of data; a file with more is refused before they are read.

    Returns
    -------
    dict of str to torch.Tensor
        On the CPU.

    Raises
    ------
    LcodecError
        `lcodec:weightsFile` where there is no such file, `lcodec:weightsFormat` where it holds
        anything other than names and dense tensors with their values, or more than `limit`.

    Examples
    --------
    >>> import tempfile, torch
    >>> from lcodec.scrub import load_weights, save_weights
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_weights({"weight": torch.eye(2)}, f"{folder}/model.pt")
    ...     load_weights(f"{folder}/model.pt")
    {'weight': tensor([[1., 0.],
            [0., 1.]])}
    """
    name = os.fspath(path)
    if not os.path.isfile(name):
        checks.fail("weightsFile", f"weights must be in a file, got no file `{name}`")
    safetensors = _safetensors() if _is_safetensors(name) else None
    try:
        with open(name, "rb") as file:
            if safetensors is None:
                state = deserialise(file, name, limit)
            else:
                check_safetensors_file(file, name, limit)
                state = safetensors.load_file(name)
    except LcodecError:
        raise
    except Exception as error:  # each format has errors of its own, of many types
        refuse(name, str(error).strip().partition("\n")[0] or type(error).__name__)
    return _state_dict(state, name)


def save_weights(
    state: State, path: str | os.PathLike[str], *, like: str | os.PathLike[str] | None = None
) -> None:
    """Write a state dict so that the file is the old or the new one, whatever happens.

    The new file is complete and on the disk before it takes the place of the old one, whose
    mode it keeps, and its owner if the process is root's. On any error, a full disk included, the
    old file is as it was.

    Parameters
    ----------
    state : mapping of str to torch.Tensor
        Such as `model.state_dict()`.
    path : path-like
        With the suffix ".safetensors" it is written in that format, which needs the package
        safetensors and stores tied weights once per name; else by `torch.save`.
    like : path-like, optional
        A file, such as the weights that `state` comes from: whom it keeps out, the new file
        keeps out, too.

    Raises
    ------
    LcodecError
        `lcodec:writeFailed` with what the system said, or where `path` is a folder, a device or
        anything else than a file; `lcodec:weightsFormat` where `state`
        holds anything other than tensors.

    Examples
    --------
    >>> import os, tempfile, torch
    >>> from lcodec.scrub import save_weights
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_weights(torch.nn.Linear(2, 1).state_dict(), f"{folder}/model.safetensors")
    ...     os.listdir(folder)
    ['model.safetensors']
    """
    tensors = _state_dict(state, "state")
    real_file(path)  # before the work
    rights = Rights.like(like)
    # In memory first: torch hides the reason when a file fails under it half way.
    if _is_safetensors(path):
        save = _safetensors().save
        apart = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
        write_atomically(path, save(apart, metadata={"format": "pt"}), rights)
    else:
        write_atomically(path, serialise(tensors), rights)


def serialise(value: Any) -> memoryview:
    """Return what `torch.save` would write."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getbuffer()


def deserialise(file: BinaryIO, name: str, limit: int | None = None) -> Any:
    """Return what `torch.save` wrote: plain tensors, in dicts, tuples and lists, on the CPU.

    `name` is for messages, and `limit` as for `load_weights`.
    """
    check_torch_file(file, name, limit)
    return torch.load(file, map_location="cpu", weights_only=True)


def fingerprint(model: nn.Module | State, replaced: State | None = None) -> str:
    """Return the SHA-256 of all parameters and buffers: names, dtypes, shapes and bits.

    Parameters
    ----------
    model : torch.nn.Module or mapping of str to torch.Tensor
        A model or its state dict, on any device.
    replaced : mapping of str to torch.Tensor, optional
        Parameters to take in place of the model's own, by the names of `named_parameters`. A
        tied parameter is replaced under all its names.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    LcodecError
        `lcodec:weightsFormat` where a state dict holds anything other than tensors.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import fingerprint
    >>> fingerprint({"weight": torch.zeros(2)})[:16]
    '054346e315c4f0b2'
    """
    digest = hashlib.sha256()
    state = _replace(model, replaced or {}) if isinstance(model, nn.Module) else model
    for name, tensor in sorted(_state_dict(state, "state").items()):
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(to_bytes(tensor))
    return digest.hexdigest()


def to_bytes(tensor: torch.Tensor) -> memoryview:
    """Return the bits of a tensor, in row-major order."""
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()  # not bits that say "conjugate"
    flat = plain.contiguous().reshape(-1).view(torch.uint8)
    return flat.numpy().data


def _replace(model: nn.Module, replaced: State) -> dict[str, Any]:
    by_identity = {id(tensor): name for name, tensor in model.named_parameters()}
    return {
        name: replaced.get(by_identity.get(id(tensor), ""), tensor)
        for name, tensor in model.state_dict(keep_vars=True).items()
    }


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ModuleNotFoundError:
        checks.fail("noSafetensors", "`safetensors` must be installed for files of that suffix")
    return safetensors.torch


def _is_safetensors(path: str | os.PathLike[str]) -> bool:
    return Path(path).suffix == ".safetensors"


def _state_dict(value: Any, name: str) -> dict[str, torch.Tensor]:
    if not isinstance(value, Mapping):
        checks.fail(
            "weightsFormat",
            f"`{name}` must be a state dict (names and tensors), got {type(value).__name__}",
        )
    for key, tensor in value.items():
        if not isinstance(key, str) or not isinstance(tensor, torch.Tensor):
            checks.fail(
                "weightsFormat",
                f"`{name}` must be a state dict (names and tensors), "
                f"got {type(tensor).__name__} under {key!r}",
            )
        if tensor.is_meta or tensor.is_quantized or tensor.layout is not torch.strided:
            kind = "on the meta device" if tensor.is_meta else str(tensor.layout)
            kind = "that is quantized" if tensor.is_quantized else kind
            checks.fail(
                "weightsFormat",
                f"`{name}` must hold dense tensors with their values, got one {kind} under {key!r}",
            )
    return {key: tensor.resolve_conj().resolve_neg() for key, tensor in value.items()}
