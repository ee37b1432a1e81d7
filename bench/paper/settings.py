"""Configuration, command line and account that all experiments have in common."""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.machine import commit, describe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGES = ("lcodec", "matplotlib", "numpy", "scikit-learn", "torch")
ROOT = Path(__file__).resolve().parents[2]


def options(description: str | None, folder: Path) -> argparse.Namespace:
    """Read the command line of an experiment.

    Parameters
    ----------
    description : str
        For --help.
    folder : path
        The experiment's folder: where config.toml is, and where results go by default.
    """
    module = ".".join(folder.relative_to(ROOT).parts)
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}.run",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--small", action="store_true", help="on bundled digits, in minutes")
    data.add_argument("--data", type=Path, metavar="DIR", help="folder with the files of MNIST")
    parser.add_argument("--output", type=Path, default=folder / "results", metavar="DIR")
    return parser.parse_args()


def read(folder: Path, *, small: bool) -> dict[str, Any]:
    """Return the configuration of an experiment; `[small]` replaces values where it is asked for.

    Its `leave_out` names methods that are not run then.

    Parameters
    ----------
    folder : path
        Where config.toml is.
    small : bool
        Whether the values for the bundled digits are wanted.
    """
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    if not small:
        return without_small(config)
    changes = config.pop("small")
    left_out = changes.pop("leave_out", [])
    methods = [one for one in config["methods"] if one["name"] not in left_out]
    return merged(config | {"methods": methods}, changes)


def without_small(config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration for the real data."""
    return {name: value for name, value in config.items() if name != "small"}


def merged(config: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with some values replaced, table by table."""
    return config | {
        name: config[name] | value if isinstance(value, dict) else value
        for name, value in changes.items()
    }


def account(folder: Path, config: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the head of an account: what was run, on what, with what."""
    return {
        "experiment": folder.name,
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": describe(),
        "versions": {package: version(package) for package in PACKAGES},
        "data": source,
        "config": config,
    }


def save(found: dict[str, Any], output: Path) -> Path:
    """Write an account as JSON and return its file."""
    output.mkdir(parents=True, exist_ok=True)
    name = "results.json" if "digits" not in found["data"] else "small.json"
    (output / name).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return output / name
