"""How results are shown: as text, as HTML, as tables of pandas, and drawn.

pandas and matplotlib are imported when they are asked for.
"""

from lcodec.dependence.display import charts, maps
from lcodec.dependence.display.listing import Listing, Shown, pairs

__all__ = ["Listing", "Shown", "charts", "maps", "pairs"]
