"""Experiments that remove samples from trained networks, beside refits."""
