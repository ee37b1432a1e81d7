"""Other ways to make a network forget, for one table with the scrubber's.

`run` gives a changed copy of the model by any of them, `compare` the table.
"""

from lcodec.scrub.baselines.ablation import ablations
from lcodec.scrub.baselines.table import METHODS, as_text, compare, run

__all__ = ["METHODS", "ablations", "as_text", "compare", "run"]
