"""Levels of distance up to which there are just K of a few rows, for candidates side by side.

No row has to be put in order for the sum of gains up to such a level. A level is looked for as in
regula falsi, from how many rows there are up to the last ones.
"""

from __future__ import annotations

from lcodec.compiling import kernel

_TURNS = 8  # as good as all are found by then


@kernel(error_model="numpy")
def levels(distances, gains, used, lanes, wanted, limit, found, spaces, number, total):
    """Write how many entries there are up to a level of each lane, and the sum of their gains.

    Lanes are columns of `distances`, `used` rows of it in fours; up to ``limit[c]`` there are
    ``found[c]`` entries. Where ``number[c]`` is not `wanted`, the sum means nothing.
    """
    level, low, high, below, above = spaces[0], spaces[1], spaces[2], spaces[3], spaces[4]
    for c in range(lanes):
        low[c], below[c], high[c], above[c] = 0.0, 0.0, limit[c], found[c]
        level[c] = limit[c] * ((wanted + 0.5) / (found[c] + 0.5))
    for _ in range(_TURNS):
        for c in range(lanes):
            number[c] = 0.0
        for s in range(0, used, 4):
            for c in range(lanes):
                d = level[c]
                more = 1.0 if distances[s, c] <= d else 0.0
                more += 1.0 if distances[s + 1, c] <= d else 0.0
                more += 1.0 if distances[s + 2, c] <= d else 0.0
                more += 1.0 if distances[s + 3, c] <= d else 0.0
                number[c] += more
        left = 0.0
        for c in range(lanes):
            left += 1.0 if number[c] != wanted and found[c] >= 0.0 else 0.0
        if left <= 1.0:  # its few rows are sooner put in order
            break
        for c in range(lanes):
            d, few = level[c], number[c] < wanted
            lower, upper = (d if few else low[c]), (high[c] if few else d)
            least, most = (number[c] if few else below[c]), (above[c] if few else number[c])
            low[c], high[c], below[c], above[c] = lower, upper, least, most
            between = lower + (upper - lower) * ((wanted - least + 0.5) / (most - least + 1.0))
            level[c] = d if number[c] == wanted else between
    for c in range(lanes):
        total[c] = 0.0
    for s in range(0, used, 4):
        for c in range(lanes):
            d = level[c]
            more = gains[s, c] if distances[s, c] <= d else 0.0
            more += gains[s + 1, c] if distances[s + 1, c] <= d else 0.0
            more += gains[s + 2, c] if distances[s + 2, c] <= d else 0.0
            more += gains[s + 3, c] if distances[s + 3, c] <= d else 0.0
            total[c] += more
