"""Neighbours that are found once and used for many labellings of the rows."""

from lcodec.neighbors.cpu.tie_sets.batch import batch_sums
from lcodec.neighbors.cpu.tie_sets.graph import GraphSums, graph_sums
from lcodec.neighbors.cpu.tie_sets.near_rows import nearest_rows
from lcodec.neighbors.cpu.tie_sets.sets import TieSets

__all__ = ["GraphSums", "TieSets", "batch_sums", "graph_sums", "nearest_rows"]
