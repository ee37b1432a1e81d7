"""Other ways to make a network forget, for one table with the scrubber's.

`run` gives a changed copy of the model by any of them, `compare` the table.
"""

from .table import as_text, compare, run
from .task import METHODS

__all__ = ["METHODS", "as_text", "compare", "run"]
