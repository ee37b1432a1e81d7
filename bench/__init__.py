"""Benchmarks: how long lcodec takes, beside its peers, and what its removals are worth."""
