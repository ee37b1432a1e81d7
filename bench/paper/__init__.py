"""Experiments of the paper, on its data sets or on small ones in the same formats."""
