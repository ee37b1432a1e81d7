"""The paper's networks for images, with the names of weights that checkpoints commonly have."""

from bench.paper.nets.build import NETS, build

__all__ = ["NETS", "build"]
