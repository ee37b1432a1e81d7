"""torch tensors, searched by torch operations where CuPy is missing."""
