"""What the arguments of the command line name: functions, ids, options."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.ledger.weights import load_weights
from lcodec.scrub.options import Options
from lcodec.scrub.privacy import Sekhari
from lcodec.scrub.samples.ids import DIGITS, writable
from lcodec.scrub.samples.ids import shown as shown_id

LOSSES: dict[str, Callable[[], nn.Module]] = {
    "cross_entropy": nn.CrossEntropyLoss,
    "mse": nn.MSELoss,
}
PRIVACY = ("epsilon", "delta", "strong_convexity", "lipschitz", "hessian_lipschitz")
OTHERS = {
    "command",
    "model",
    "weights",
    "data",
    "forget",
    "loss",
    "output",
    "plan",
    "undo",
    "ledger",
}
OTHERS |= {"ledger_key", "report", "test", "refit", "device"}
ROOM, MORE = 4, 2**24
"""A file of weights may hold so many times the bytes of the model, and so many more."""


def find(name: str, option: str) -> Any:
    """Return what "module:name" names; dots may follow in the name. Else `lcodec:moduleName`."""
    module, colon, path = name.partition(":")
    if not colon or not module or not path:
        checks.fail("moduleName", f"`{option}` must be MODULE:NAME, got {name!r}")
    try:
        value: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # what the module itself imports is not there
        checks.fail("moduleName", f"`{option}` must name a module, got {name!r}: {error}")
    for attribute in path.split("."):
        if not hasattr(value, attribute):
            checks.fail("moduleName", f"`{option}` must be in its module, got {name!r}, not there")
        value = getattr(value, attribute)
    return value


def call(name: str, option: str) -> Any:
    """Return what the function that "module:name" names returns."""
    function = find(name, option)
    if not callable(function):
        checks.fail("optionType", f"`{option}` must be a function, got {type(function).__name__}")
    return function()


def model(arguments: argparse.Namespace, weights: str = "weights") -> nn.Module:
    """Return the model with the weights of an option, on its device, in evaluation mode."""
    made = call(arguments.model, "--model")
    if not isinstance(made, nn.Module):
        checks.fail("optionType", f"`--model` must make a module, got {type(made).__name__}")
    made = cast("nn.Module", getattr(made, "_orig_mod", made))
    size = sum(tensor.nbytes for tensor in made.state_dict().values())
    state = load_weights(getattr(arguments, weights), limit=ROOM * size + MORE)
    try:
        made.load_state_dict(state)
    except RuntimeError as error:
        text = " ".join(str(error).split())
        checks.fail("weightsModel", f"`--{weights}` must fit `--model`, got: {text}")
    for name, tensor in made.state_dict().items():
        if tensor.dtype != state[name].dtype:
            checks.fail(
                "weightsModel",
                f"`--model` must make `{name}` of the dtype of the weights, {state[name].dtype}, "
                f"got {tensor.dtype}",
            )
    try:
        return made.eval().to(getattr(arguments, "device", "cpu"))
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        checks.fail("device", f"`--device` must be a device of this machine, got: {reason}")


def data(name: str) -> tuple[Any, list[int | str] | None]:
    """Return the data for the scrubber, and the ids where the function gives some."""
    value = call(name, "--data")
    if isinstance(value, tuple) and len(value) == 3:
        inputs, targets, labels = value
        if isinstance(labels, torch.Tensor) or hasattr(labels, "tolist"):
            labels = labels.tolist()
        return (inputs, targets), list(labels)
    return value, None


def ids(text: str, labels: list[int | str] | None) -> list[int | str]:
    """Return the ids to forget, each once, as strings where the data's labels are.

    The text is ids with commas between, or a file with one per line; either may be a JSON list
    instead, which can hold every label. Numbers and commas alone are ids, whatever files there are;
    `@17` or `./17` is the file. `lcodec:forgetIds` where it is nothing of it, or could be two.
    """
    file = ids_file(text)
    if file is not None:
        text = _read_ids(text, file, labels)
    if text.lstrip().startswith("["):
        return _json_ids(text)
    # In a file nothing else ends a line that some call the end of one.
    names = text.split("," if file is None else "\n")
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not names:
        checks.fail("forgetIds", f"`--forget` must hold at least one id, got none in {text!r}")
    known = frozenset(label for label in labels or () if isinstance(label, (int, str)))
    return list(dict.fromkeys(_id(name, known, labels is not None) for name in names))


def ids_file(text: str) -> str | None:
    """Return the name of the file that `--forget` gives, None where it gives the ids themselves."""
    if text.startswith("@"):
        return text[1:]
    numbers = all(_is_number(name) for name in text.split(",") if name.strip())
    return None if numbers or text.lstrip()[:1] == "[" or not os.path.isfile(text) else text


def _is_number(name: str) -> bool:
    digits = name.strip().removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def _read_ids(text: str, file: str, labels: list[int | str] | None) -> str:
    if text == file and text in map(str, labels or ()):
        checks.fail(
            "forgetIds",
            f"`--forget` must be ids or a file, got {text!r}, which is both a label of the "
            f"data and a file here; give `@{text}` for the file or `{text},` for the label",
        )
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        checks.fail("forgetIds", f"`--forget` must be a readable file of ids, got: {error}")


def _id(name: str, known: frozenset[int | str], labelled: bool) -> int | str:
    """Return the label or the position that a name on the command line stands for."""
    number = int(name) if _is_number(name) and len(name.removeprefix("-")) <= DIGITS else None
    if name in known:
        if number in known:
            checks.fail(
                "forgetIds",
                f"`--forget` must say which label is meant, the number or the text: '[{number}]' "
                f"or '[{shown_id(name)}]', got {name}",
            )
        return name
    if number is not None:
        return number
    if not labelled or name.removeprefix("-").isdecimal():
        checks.fail(
            "forgetIds",
            f"`--forget` must be positions in the data, or a file of them, got {name!r:.80}",
        )
    return name


def _json_ids(text: str) -> list[int | str]:
    """Return the ids of a JSON list, which can hold labels with commas, quotes and line breaks."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        checks.fail("forgetIds", f"`--forget` must be JSON if it begins with [, got: {error}")
    if not found or not isinstance(found, list) or not all(map(writable, found)):
        checks.fail(
            "forgetIds",
            f"`--forget` must be a JSON list of whole numbers and texts, got {reprlib.repr(found)}",
        )
    return list(dict.fromkeys(found))


def loss(name: str) -> Any:
    """Return the loss of this name; a class is called for one."""
    if name in LOSSES:
        return LOSSES[name]()
    if ":" not in name:
        known = ", ".join(LOSSES)
        checks.fail("optionValue", f"`--loss` must be {known} or MODULE:NAME, got {name!r}")
    function = find(name, "--loss")
    return function() if isinstance(function, type) else function


def options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of the scrubber that were given; those for noise only all together."""
    chosen = {name: value for name, value in vars(arguments).items() if name not in OTHERS}
    for name in ("perturb", "guard", "callbacks"):
        if chosen.get(name, "auto") != "auto":
            chosen[name] = find(chosen[name], f"--{name}")
    wanted = {name: chosen.pop(name) for name in (*PRIVACY, "scope") if name in chosen}
    if wanted:
        missing = [name.replace("_", "-") for name in PRIVACY if name not in wanted]
        if missing:
            checks.fail("missingOption", f"`--{missing[0]}` must be given, too, for noise")
        chosen["privacy"] = Sekhari(**{"scope": "all", **wanted})
    return chosen


def as_flags(message: object) -> str:
    """Return a message of the scrubber with the names of its options as flags."""
    names = {option.name for option in fields(Options)}
    return re.sub(
        r"`(\w+)`",
        lambda found: f"--{found[1].replace('_', '-')}" if found[1] in names else found[0],
        str(message),
    )


def shown(arguments: argparse.Namespace, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options for a report, those at their defaults too; functions by their names."""
    own = {name: value for name, value in options.items() if name != "preset"}
    used = Options.of(options.get("preset"), own).to_dict()
    named = {
        name: value
        for name, value in vars(arguments).items()
        if name in ("preset", "device", "perturb", "guard", "callbacks")
    }
    return {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in {**used, **named}.items()
    }
