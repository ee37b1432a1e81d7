"""How well images of a person are found among others: mAP and CMC, as Market-1501 counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """What each query finds.

    Attributes
    ----------
    queries : numpy.ndarray of int64, shape (q,)
        Positions of the queries that have a match in the gallery; the others count nowhere.
    precision : numpy.ndarray, shape (q,)
        Average precision: the mean of the precision at each match.
    first : numpy.ndarray of int64, shape (q,)
        Rank of the first match, from 1.
    """

    queries: Numbers
    precision: NDArray[np.float64]
    first: Numbers

    @property
    def mean(self) -> float:
        """Mean average precision; not a number without a query that has a match."""
        return float(self.precision.mean()) if len(self.precision) else float("nan")

    def within(self, rank: int) -> float:
        """Return the share of queries whose first match is among so many: CMC at this rank."""
        return float((self.first <= rank).mean()) if len(self.first) else float("nan")


def matches(distances: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, int]:
    """Return average precision and rank of the first match of one query.

    Parameters
    ----------
    distances : numpy.ndarray, shape (n,)
        To the images of the gallery; equal ones keep their order.
    same : numpy.ndarray of bool, shape (n,)
        Which of them show the person; at least one does.
    """
    ranks = np.flatnonzero(same[np.argsort(distances, kind="stable")]) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean()), int(ranks[0])


def retrieved(
    queries: tuple[NDArray[np.float64], Numbers, Numbers],
    gallery: tuple[NDArray[np.float64], Numbers, Numbers],
) -> Found:
    """Return what the queries find in a gallery by Euclidean distance.

    Parameters
    ----------
    queries, gallery : (features, persons, cameras)
        Features, shape (n, d), and the person and the camera of each image. Images of the query's
        person by the query's camera are left out of the gallery.
    """
    distances = _distances(queries[0], gallery[0])
    kept: list[int] = []
    precision: list[float] = []
    first: list[int] = []
    for at, (person, camera) in enumerate(zip(queries[1], queries[2], strict=True)):
        use = ~((gallery[1] == person) & (gallery[2] == camera))
        same = gallery[1][use] == person
        if not same.any():
            continue
        found = matches(distances[at][use], same)
        kept.append(at)
        precision.append(found[0])
        first.append(found[1])
    return Found(np.array(kept, np.int64), np.array(precision), np.array(first, np.int64))


def _distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = cdist(one, other)
    return distances


def one_of_each_camera(persons: Numbers, cameras: Numbers, chosen: Sequence[int]) -> Numbers:
    """Return the positions of the first image by each camera of some persons."""
    found = []
    for person in chosen:
        of_person = np.flatnonzero(persons == person)
        _, places = np.unique(cameras[of_person], return_index=True)
        found.append(of_person[places])
    return np.concatenate(found)
