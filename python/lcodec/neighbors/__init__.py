"""Nearest other rows, their tie sets, and integer labels averaged over them.

This floor knows distances and ties; it knows no statistic.
"""

from lcodec.neighbors.backends import backend_of
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.neighbors.ties import TIE_RULES
from lcodec.neighbors.weights import column_weights

__all__ = ["TIE_RULES", "backend_of", "column_weights", "nearest_values"]
