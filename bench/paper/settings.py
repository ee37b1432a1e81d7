"""The configuration of an experiment: its config.toml, and what the command line replaces."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Config = dict[str, Any]
VARIANTS = ("published", "small")


def read(folder: Path, *, small: bool = False, published: bool = False) -> Config:
    """Return the configuration in a folder; `[published]` and then `[small]` replace values.

    The `leave_out` of a variant names methods that are not run then.

    Parameters
    ----------
    folder : path
        Where config.toml is.
    small : bool, default False
        Whether the values for the small data are wanted.
    published : bool, default False
        Whether the values of the authors' code are wanted.

    Raises
    ------
    ValueError
        Where the experiment has no variant of that name.
    """
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    variants = {name: config.pop(name, None) for name in VARIANTS}
    for name, wanted in (("published", published), ("small", small)):
        if wanted:
            changes = variants[name]
            if changes is None:
                raise ValueError(f"{folder.name} must have a table [{name}] for --{name}, has none")
            config = _replaced(config, changes)
    return config


def _replaced(config: Config, changes: Config) -> Config:
    """Return a configuration with some values replaced, table by table."""
    left_out = changes.get("leave_out", [])
    if left_out:
        config = config | {"methods": [m for m in config["methods"] if m["name"] not in left_out]}
    return config | {
        name: config[name] | value if isinstance(value, dict) else value
        for name, value in changes.items()
        if name != "leave_out"
    }


def chosen(
    config: Config,
    *,
    removals: int | None = None,
    seeds: Sequence[int] | None = None,
    methods: Sequence[str] | None = None,
    weights: Path | None = None,
) -> Config:
    """Return a configuration with what the command line asks for.

    Parameters
    ----------
    config : dict
        As `read` returns it.
    removals : int, optional
        How many samples are removed one by one; refits come at the checkpoints below, and there.
    seeds : sequence of int, optional
        Instead of `run.seeds`.
    methods : sequence of str, optional
        Names of those to run; the others are left out.
    weights : path, optional
        Trained weights to start from.

    Raises
    ------
    ValueError
        Where the experiment has no such option or method.
    """
    run = dict(config["run"])
    if removals is not None:
        if "removals" not in run:
            raise ValueError("--removals must be left out: this experiment removes nothing")
        before = [step for step in run["checkpoints"] if step < removals]
        run |= {"removals": removals, "checkpoints": [*before, removals]}
    if seeds is not None:
        run["seeds"] = list(seeds)
    config = config | {"run": run}
    if weights is not None:
        if "weights" not in config:
            raise ValueError("--weights must be left out: this experiment trains its own network")
        config = config | {"weights": str(weights)}
    if methods is None:
        return config
    names = [method["name"] for method in config["methods"]]
    unknown = [name for name in methods if name not in names]
    if unknown:
        raise ValueError(f"--methods must be among {', '.join(names)}, got {unknown[0]}")
    kept = [method for method in config["methods"] if method["name"] in methods]
    for method in kept:
        followed = method.get("budget", method["name"])
        if followed not in methods:
            raise ValueError(
                f"--methods must have {followed}, to whose parameter counts {method['name']} is "
                "held"
            )
    return config | {"methods": kept}
