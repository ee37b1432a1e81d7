"""Write golden/cases.json: calls with their exact results, for checks without the other language.

Doubles are kept as the 16 hexadecimal digits of their bits (MATLAB's num2hex), column after column;
columns are counted from 1, in options and in values.
Run as ``python -m parity_tests.make_golden`` after a deliberate change of the numeric contract.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from parity_tests.conftest import python_reply
from parity_tests.strategies import KINDS, column

CASES = Path(__file__).resolve().parent / "golden" / "cases.json"
ROWS = 24

# Options that are tried on every kind of data, in turn.
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "codec": [
        {},
        {"ties": "random", "seed": 2**40 + 3},
        {"ties": "first", "standardize": "range"},
        {"standardize": "std"},
        {"n_neighbors": 3, "ties": "random", "seed": 9},
        {"n_neighbors": "auto", "ties": "first", "standardize": "std"},
        {"response": "nominal", "n_neighbors": 2},
    ],
    "lcodec": [{}, {"sigma": 0.3, "seed": 7, "draws": 3}, {"standardize": "std"}],
    "codec_scores": [
        {},
        {"ties": "random", "standardize": "none"},
        {"ties": "first"},
        {"n_neighbors": 4, "ties": "random"},
        {"groups": [1, 2, 1, 3], "standardize": "none"},
    ],
    "foci": [
        {},
        {"stop": False, "ties": "random", "seed": 5},
        {"max_features": 1, "standardize": "none"},
        {"min_gain": 0.05, "standardize": "range"},
        {"stop": "test", "n_resamples": 19, "level": 0.3, "seed": 1},
        {"response": "nominal", "n_neighbors": 3, "stop": False},
        {"groups": [5, 6, 6, 7], "n_neighbors": 2, "stop": False},
    ],
    "foci_stability": [{"n_resamples": 5, "n_neighbors": 2}],
    "codec_interval": [{"n_resamples": 20}, {"n_resamples": 10, "n_neighbors": 2, "level": 0.9}],
    "xi_interval": [{"n_resamples": 20, "subsample_size": 12}],
    "lfoci": [{}, {"sigma": 0.3, "draws": 2, "stop": False}, {"standardize": "none"}],
    "foci_graph": [{}, {"stop": False, "max_features": 2}],
    "xi": [{}, {"ties": "random", "seed": 3}],
    "codec_test": [
        {"n_resamples": 39},
        {"n_resamples": 19, "ties": "first", "standardize": "range"},
        {"n_resamples": 59, "max_exceedances": 4, "seed": 2},
        {"method": "moments", "n_neighbors": 3},
    ],
    "codec_tests": [
        {"n_resamples": 19},
        {"n_resamples": 39, "max_exceedances": 3, "ties": "first", "standardize": "range"},
    ],
    "codec_matrix": [{"n_resamples": 19}, {"n_resamples": 39, "max_exceedances": 3, "seed": 4}],
}


def encode(array: Any) -> dict[str, Any]:
    """Return a matrix as its size and the bits of its values, column after column."""
    matrix = np.atleast_2d(np.asarray(array, dtype=np.float64))
    matrix = np.where(np.isnan(matrix), np.nan, matrix)  # NaN has one spelling
    words = matrix.T.ravel().view(np.uint64)
    return {"size": list(matrix.shape), "hex": "".join(f"{int(word):016x}" for word in words)}


def decode(entry: dict[str, Any]) -> np.ndarray:
    """Return the matrix that `encode` took."""
    digits = entry["hex"]
    words = [int(digits[k : k + 16], 16) for k in range(0, len(digits), 16)]
    rows, columns = entry["size"]
    return np.array(words, dtype=np.uint64).view(np.float64).reshape(columns, rows).T


# These take a response of two columns.
VECTORS: dict[str, list[dict[str, Any]]] = {
    "codec": [{"n_neighbors": 2, "standardize": "std"}],
    "codec_scores": [{"ties": "random"}],
    "foci": [{"stop": False}],
}


def plain_values(values: tuple[Any, ...]) -> list[Any]:
    """Return the matrices among results; of a result of fields alone these, by their names."""
    if len(values) == 1 and isinstance(values[0], dict):
        return [np.column_stack([values[0][name] for name in sorted(values[0])])]
    return [value for value in values if not isinstance(value, dict)]


def cases() -> list[dict[str, Any]]:
    """Return every call: function, data, options, and values or error."""
    made = []
    for number, kind in enumerate((*KINDS, "mixed", "repeated", "missing")):
        for name, variants in OPTIONS.items():
            for turn, options in enumerate(variants):
                made.append(_case(name, kind, np.random.default_rng([number, turn]), options))
        for name, variants in VECTORS.items():
            for turn, options in enumerate(variants):
                rng = np.random.default_rng([number, turn, 2])
                made.append(_case(name, kind, rng, options, several=True))
    return made


def _case(
    name: str, kind: str, rng: np.random.Generator, options: dict[str, Any], several: bool = False
) -> dict[str, Any]:
    kinds = list(rng.choice(KINDS, 4)) if kind not in KINDS else [kind] * 4
    table = np.column_stack([column(one, ROWS, rng) for one in kinds])
    if kind == "repeated":
        table = table[rng.integers(0, ROWS, ROWS)]
    y = np.round(table[:, 0] / (np.abs(table[:, 0]).max() or 1) * 4) + rng.integers(0, 3, ROWS)
    if several:
        y = np.column_stack([y, np.round(table[:, 2]) + rng.integers(0, 2, ROWS)])
    if kind == "missing":
        table[rng.integers(0, ROWS, 2), 1] = np.nan
        drops = name not in ("xi", "codec_test", "codec_tests") and rng.random() < 0.5
        options = {**options, "missing": "drop"} if drops else options
    if name in ("xi", "xi_interval"):
        arguments = (table[:, 0], y)
    elif name in ("codec", "lcodec", "codec_test", "codec_interval"):
        arguments = (y, table[:, :2], table[:, 2:] if rng.random() < 0.7 else None)
    elif name == "codec_tests":
        arguments = (table[:, :2], y, table[:, 2:] if rng.random() < 0.7 else None)
    else:
        arguments = (table,) if name in ("foci_graph", "codec_matrix") else (table, y)
    if name in ("codec_scores", "foci", "lfoci") and "groups" not in options and rng.random() < 0.5:
        options = {**options, "given": [3, 1]}
    reply = python_reply(name, arguments, options)
    outcome: dict[str, Any] = {"error": reply.error} if reply.error else {}
    if not reply.error:
        outcome["values"] = [encode(value) for value in plain_values(reply.values)]
    sent = [encode(np.empty((0, 0)) if a is None else np.atleast_2d(a.T).T) for a in arguments]
    told = {**options, "given": [4, 2]} if "given" in options else options
    return {"call": name, "kind": kind, "arguments": sent, "options": told, **outcome}


def main() -> None:
    """Write the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        text = json.dumps({"version": lcodec.__version__, "cases": cases()}, indent=0)
    CASES.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
