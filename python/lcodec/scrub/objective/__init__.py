"""The retained objective: the loss of one sample, and its mean with weight decay."""
