"""Progress of a greedy search: a bar for a person, or calls of a function.

A report is ``report(step, scored, candidates)``: the step counted from 1, how many of its
candidates are scored, and how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int, int], object]


@contextmanager
def reporting(progress: bool | Report) -> Iterator[Report | None]:
    """Yield what a search calls after each block of candidates: a bar, the user's function or None.

    The bar is gone afterwards, however the search ended.
    """
    if progress is False:
        yield None
    elif progress is True:
        from tqdm import tqdm

        with tqdm(unit="column", leave=False) as bar:

            def draw(step: int, scored: int, candidates: int) -> None:
                if bar.total != candidates or scored < bar.n:
                    bar.reset(candidates)
                bar.update(scored - bar.n)
                bar.set_description(f"step {step}")

            yield draw
    else:
        yield progress
