"""Random numbers that are the same bits in every language: Philox4x32-10 and normal quantiles."""
