"""The way down: damped Newton steps in the chosen slices, from the gradient to the new weights.

The first tries some dampings from one place, the further ones carry theirs on. What a step is, says
`step`; when there is another, and which damping it has, is said here.
"""

from lcodec.scrub.descent.clock import Clock
from lcodec.scrub.descent.sample import go_down, sampled
from lcodec.scrub.descent.way import Solution, Way

__all__ = ["Clock", "Solution", "Way", "go_down", "sampled"]
