"""Nearest other rows, their tie sets, and integer labels averaged over them.

This floor knows distances and ties; it knows no statistic.
"""

from lcodec.neighbors.distance import column_weights
from lcodec.neighbors.tiled import TIE_RULES, tie_values

__all__ = ["TIE_RULES", "column_weights", "tie_values"]
