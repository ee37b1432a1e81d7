"""Networks of the paper's experiments on images."""
