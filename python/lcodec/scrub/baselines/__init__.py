"""Other ways to make a network forget, to compare with the scrubber.

`run` returns a copy of the model that one of them has changed, `compare` the table.
"""

from lcodec.scrub.baselines.ablation import ablations
from lcodec.scrub.baselines.comparison import METHODS, as_text, compare, run

__all__ = ["METHODS", "ablations", "as_text", "compare", "run"]
