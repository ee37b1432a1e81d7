"""Loaders of the data sets of the paper, in the formats in which they are published."""
