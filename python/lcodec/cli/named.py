"""What the arguments of the command line name: functions, ids, options."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.ledger.weights import load_weights
from lcodec.scrub.privacy import Sekhari

LOSSES: dict[str, Callable[[], nn.Module]] = {
    "cross_entropy": nn.CrossEntropyLoss,
    "mse": nn.MSELoss,
}
PRIVACY = ("epsilon", "delta", "strong_convexity", "lipschitz", "hessian_lipschitz")
OTHERS = {"command", "model", "weights", "data", "forget", "loss", "output", "plan", "ledger"}
OTHERS |= {"report", "test", "device"}


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


def paths(arguments: argparse.Namespace) -> list[Path]:
    """Return the files of the report, and refuse before the work what could not be written."""
    if not arguments.plan:
        if arguments.output is None:
            checks.fail("missingOption", "`--output` must be given, unless --plan is")
        _in_a_folder(Path(arguments.output), "--output")
    if arguments.report is None:
        return []
    path = Path(arguments.report)
    if path.suffix in (".json", ".html"):
        _in_a_folder(path, "--report")
        return [path]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        checks.fail("writeFailed", f"`--report` must be a folder or a file, got: {error}")
    return [path / "report.json", path / "report.html"]


def _in_a_folder(path: Path, option: str) -> None:
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        checks.fail("writeFailed", f"`{option}` must be in a folder to write to, got '{folder}'")


def model(arguments: argparse.Namespace) -> nn.Module:
    """Return the model with its weights, on its device, in evaluation mode."""
    made = call(arguments.model, "--model")
    if not isinstance(made, nn.Module):
        checks.fail("optionType", f"`--model` must make a module, got {type(made).__name__}")
    made = cast("nn.Module", getattr(made, "_orig_mod", made))
    state = load_weights(arguments.weights)
    try:
        made.load_state_dict(state)
    except RuntimeError as error:
        text = " ".join(str(error).split())
        checks.fail("weightsModel", f"`--weights` must fit `--model`, got: {text}")
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

    The text is ids with commas between, or a file with one per line. Numbers and commas alone are
    ids, whatever files there are; `@17` or `./17` is the file. `lcodec:forgetIds` where it is
    neither, or a label of the data that is the name of a file, too.
    """
    if all(_is_number(name) for name in text.split(",") if name.strip()):
        names = text.split(",")
    elif text.startswith("@"):
        names = _lines(text[1:])
    elif os.path.isfile(text):
        if text in map(str, labels or ()):
            checks.fail(
                "forgetIds",
                f"`--forget` must be ids or a file, got {text!r}, which is both a label of the "
                f"data and a file here; give `@{text}` for the file or `{text},` for the label",
            )
        names = _lines(text)
    else:
        names = text.split(",")
    names = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not names:
        checks.fail("forgetIds", f"`--forget` must hold at least one id, got none in {text!r}")
    known = set(labels or ())
    chosen: list[int | str] = []
    for name in names:
        if name not in known and _is_number(name):
            chosen.append(int(name))
        elif labels is not None:
            chosen.append(name)
        else:
            checks.fail(
                "forgetIds",
                f"`--forget` must be positions in the data, or a file of them, got {name!r}",
            )
    return chosen


def _is_number(name: str) -> bool:
    return name.strip().removeprefix("-").isdecimal()


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        checks.fail("forgetIds", f"`--forget` must be a readable file of ids, got: {error}")


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
    for name in ("perturb", "guard"):
        if chosen.get(name, "auto") != "auto":
            chosen[name] = find(chosen[name], f"--{name}")
    wanted = {name: chosen.pop(name) for name in (*PRIVACY, "scope") if name in chosen}
    if wanted:
        missing = [name.replace("_", "-") for name in PRIVACY if name not in wanted]
        if missing:
            checks.fail("missingOption", f"`--{missing[0]}` must be given, too, for noise")
        chosen["privacy"] = Sekhari(**{"scope": "all", **wanted})
    return chosen


def shown(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given, for a report."""
    return {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in vars(arguments).items()
        if name not in OTHERS or name == "device"
    }
