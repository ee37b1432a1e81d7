"""The graph of the bullseye data: what is independent of y given what, and the Markov blanket."""

from __future__ import annotations

from itertools import combinations

import networkx

FEATURES = (1, 2, 3, 4, 5, 6)
RESPONSE = "y"
BLANKET = frozenset({3, 4, 5, 6})
"""Parents 3 and 5, child 6, and 4, the other parent of 6."""
GRAPH = networkx.DiGraph(
    [(1, 2), (1, 3), (3, 4), (2, 5), (4, 5), (3, "y"), (5, "y"), (4, 6), ("y", 6)]
)
Pair = tuple[int, tuple[int, ...]]


def pairs() -> list[Pair]:
    """Return every feature with every set of the others: 192 pairs, in a fixed order."""
    return [
        (feature, given)
        for feature in FEATURES
        for size in range(len(FEATURES))
        for given in combinations([one for one in FEATURES if one != feature], size)
    ]


def dependent(feature: int, given: tuple[int, ...]) -> bool:
    """Return whether a feature and y are dependent given others: whether they are d-connected."""
    return not networkx.is_d_separator(GRAPH, {feature}, {RESPONSE}, set(given))


def blanket(found: dict[Pair, bool]) -> set[int]:
    """Return the Markov blanket that follows from which pairs are dependent.

    As in the PC algorithm a feature is next to y if no set of the others makes them independent.
    Then come the other parents of children: features that a neighbour of y, added to the set that
    made them independent, makes dependent again; and of these, those go that all the others
    together make independent.
    """
    separated: dict[int, tuple[int, ...]] = {}
    for (feature, given), is_dependent in found.items():
        if not is_dependent:
            separated.setdefault(feature, given)
    chosen = {feature for feature in FEATURES if feature not in separated}
    parents = {
        feature
        for feature, given in separated.items()
        for child in chosen
        if child not in given and found[feature, tuple(sorted((*given, child)))]
    }
    chosen |= parents
    for feature in sorted(parents):
        if not found[feature, tuple(sorted(chosen - {feature}))]:
            chosen.remove(feature)
    return chosen
