"""Three known graphs of three columns a, b, c, and what can be known of their edges."""

from __future__ import annotations

import numpy as np

Edges = set[tuple[str, str]]  # both directions where the data do not tell


def collider(n: int = 400, seed: int = 0) -> tuple[np.ndarray, Edges]:
    rng = np.random.default_rng(seed)
    a, b, e = rng.normal(size=(3, n))
    return np.column_stack((a, b, a**2 + b**2 + 0.3 * e)), {("a", "c"), ("b", "c")}


def chain(n: int = 400, seed: int = 0) -> tuple[np.ndarray, Edges]:
    rng = np.random.default_rng(seed)
    a, e, f = rng.normal(size=(3, n))
    b = a + 0.4 * e
    return np.column_stack((a, b, np.sin(2 * b) + 0.4 * f)), both(("a", "b"), ("b", "c"))


def fork(n: int = 400, seed: int = 0) -> tuple[np.ndarray, Edges]:
    rng = np.random.default_rng(seed)
    a, e, f = rng.normal(size=(3, n))
    return np.column_stack((a, a**2 + 0.4 * e, np.cos(2 * a) + 0.4 * f)), both(
        ("a", "b"), ("a", "c")
    )


def both(*pairs: tuple[str, str]) -> Edges:
    return {*pairs, *((j, i) for i, j in pairs)}


GRAPHS = [collider, chain, fork]
