"""Removals from 784-100-10 on MNIST."""
