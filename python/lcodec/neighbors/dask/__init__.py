"""Columns in the chunks of a dask array, searched on the workers that hold them."""
