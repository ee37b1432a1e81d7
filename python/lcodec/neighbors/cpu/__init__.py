"""NumPy arrays, searched by Numba kernels on the processors of this machine."""
