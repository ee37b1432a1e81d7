"""Which slices carry the samples: perturbed copies, what is recorded of them, and LFOCI."""
