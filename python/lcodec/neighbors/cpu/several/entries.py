"""The entries of a list: rows near in the chosen columns, in about ascending order.

Buckets of equal width are order enough: lists are cut by the least distance of what follows.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel
from lcodec.neighbors.cpu.leaves import base_distances
from lcodec.neighbors.cpu.several.limits import U
from lcodec.neighbors.cpu.tree import LEAF


@kernel
def gather(tree, near, r, reach, some, distances, places):
    """Enter all rows nearer than `reach` to place r in the chosen columns; return how many."""
    listed, line, found = near.leaves, min(r // LEAF, near.leaves.shape[0] - 1), U(0)
    for k in range(listed.shape[1]):
        if near.distances[line, k] >= reach:
            break
        first = U(listed[line, k]) * U(LEAF)
        if base_distances(tree.points, tree.weights, r, first, tree.leaf, some, U(0)) < reach:
            for j in range(LEAF):
                distances[found], places[found] = some[j], first + U(j)
                found += U(1) if some[j] < reach else U(0)
    return np.int64(found)


@kernel
def order(distances, places, count, bucket, stop, base, listed, bounds):
    """Write entries in about ascending order, by buckets of equal width, and pad them to fours.

    No entry from the g-th four on is nearer than ``bounds[g]``.
    """
    high = 0.0
    for e in range(count):
        high = distances[e] if distances[e] > high else high
    buckets = count // 4 + 1
    scale = buckets / high if high > 0.0 else 0.0
    if not scale < np.inf:
        scale = 0.0
    stop[: buckets + 1] = 0
    for e in range(count):
        bucket[e] = min(np.int64(distances[e] * scale), buckets - 1)
        stop[bucket[e] + 1] += 1
    for v in range(buckets):
        stop[v + 1] += stop[v]
    for e in range(count):  # now stop[v] moves from the start of bucket v to its end
        at = stop[bucket[e]]
        base[at], listed[at] = distances[e], places[e]
        stop[bucket[e]] = at + 1
    fours, least = (count + 3) // 4, np.inf
    base[count : 4 * fours], listed[count : 4 * fours] = np.inf, 0
    bounds[fours] = least
    for back in range(fours):
        g = fours - 1 - back
        for e in range(4 * g, 4 * g + 4):
            least = base[e] if base[e] < least else least
        bounds[g] = least


@kernel
def upto(bounds, fours, limit):
    """Return how many groups of four there are up to `limit`."""
    low, high = 0, fours
    while low < high:
        middle = (low + high) // 2
        if bounds[middle] > limit:
            high = middle
        else:
            low = middle + 1
    return low
