"""The samples: what a model is called with, in batches, without those that were removed."""
