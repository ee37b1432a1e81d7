"""Benchmarks: lcodec beside its peers, every case and tool in a process of its own."""
