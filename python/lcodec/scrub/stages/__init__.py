"""The stages of a removal. Each is a function from values to a value or a small frozen result.

    begin           the objective as it is, and copies of the samples in the retained data
    record          activations and influences of perturbed copies of the samples
    select          the slices that carry the samples
    differentiate   the gradient that the step goes down, in those slices
    curve           the curvature in them
    solve           the step
    check           what the objective and the samples say to it; `curve`, `solve` and `check` come
                    again for every further step
    release         noise, where it was asked for, and what it is worth

`removal` runs them in this order. None of them writes anything: `writing` does, last of all.
"""

from lcodec.scrub.stages.begin import begin, copies_of, find, on_sample
from lcodec.scrub.stages.choose import copied_work, left_out, record, select
from lcodec.scrub.stages.release import release
from lcodec.scrub.stages.step import check, curve, differentiate, solve, tolerated

__all__ = [
    "begin",
    "check",
    "copied_work",
    "copies_of",
    "curve",
    "differentiate",
    "find",
    "left_out",
    "on_sample",
    "record",
    "release",
    "select",
    "solve",
    "tolerated",
]
