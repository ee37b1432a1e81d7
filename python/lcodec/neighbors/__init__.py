"""Nearest other rows, their tie sets, and integer labels averaged over them.

This floor knows distances and ties; it knows no statistic.
"""

from lcodec.neighbors.adjacent import expected_steps
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.neighbors.cpu.tie_sets import (
    GraphSums,
    TieSets,
    batch_sums,
    graph_sums,
    nearest_rows,
)
from lcodec.neighbors.dispatch import backend_of, read_columns
from lcodec.neighbors.gains import CLASSES, Labels, is_class, own_values
from lcodec.neighbors.sums import left_to_right_sum, sum_in_any_order, sum_over_rows
from lcodec.neighbors.ties import TIE_RULES, Ties
from lcodec.neighbors.weights import SCALINGS, TINY, Scaling, column_weights, require_scale

__all__ = [
    "CLASSES",
    "SCALINGS",
    "TIE_RULES",
    "TINY",
    "GraphSums",
    "Labels",
    "Scaling",
    "TieSets",
    "Ties",
    "backend_of",
    "batch_sums",
    "column_weights",
    "expected_steps",
    "graph_sums",
    "is_class",
    "left_to_right_sum",
    "nearest_rows",
    "nearest_values",
    "own_values",
    "read_columns",
    "require_scale",
    "sum_in_any_order",
    "sum_over_rows",
]
