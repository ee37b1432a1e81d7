"""What the experiments that remove a person share: measures, verdict and figure."""
