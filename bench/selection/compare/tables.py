"""The tables, from files that come with scikit-learn, statsmodels and ISLP."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Table(NamedTuple):
    """Columns of numbers with their names, and the response: codes from 0 where it has classes."""

    X: NDArray[np.float64]
    y: NDArray[Any]
    names: list[str]
    classes: bool

    def digest(self) -> str:
        """Return what tells this table from another, to six figures of its numbers."""
        numbers = np.column_stack([self.X, self.y])
        text = "\n".join(",".join(f"{value:.6g}" for value in row) for row in numbers)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load(entry: dict[str, Any]) -> Table:
    """Return a table of the protocol.

    Raises
    ------
    ModuleNotFoundError
        Where the package that has it is not installed.
    """
    frame = READERS[entry["source"]](entry["name"]).dropna()
    response = frame.eval(entry["response"])
    inputs = frame.drop(columns=entry.get("drop", []))
    if entry["response"] in inputs:
        inputs = inputs.drop(columns=entry["response"])
    codes = entry.get("categories", [])
    inputs = pd.get_dummies(inputs.astype(dict.fromkeys(codes, str)), drop_first=True)
    classes = entry["task"] == "classes"
    y = pd.factorize(response, sort=True)[0] if classes else response.to_numpy(np.float64)
    return Table(inputs.to_numpy(np.float64), y, [str(name) for name in inputs], classes)


def _scikit_learn(name: str) -> pd.DataFrame:
    return getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")(as_frame=True).frame


def _statsmodels(name: str) -> pd.DataFrame:
    return importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data


def _islp(name: str) -> pd.DataFrame:
    """Return a table of ISLP; its files are read without importing what it needs."""
    found = importlib.util.find_spec("ISLP")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("ISLP is not installed")
    folder = Path(found.submodule_search_locations[0]) / "data"
    if name != "Khan":
        return pd.read_csv(folder / f"{name}.csv")
    parts = [
        pd.read_csv(folder / f"Khan_x{part}.csv").assign(
            tumour=pd.read_csv(folder / f"Khan_y{part}.csv").iloc[:, 0]
        )
        for part in ("train", "test")
    ]
    return pd.concat(parts, ignore_index=True)


READERS = {"scikit-learn": _scikit_learn, "statsmodels": _statsmodels, "ISLP": _islp}
