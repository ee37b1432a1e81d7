"""The constant of the logistic loss that several tests need."""

import math

SHARP = 1 / (6 * math.sqrt(3))
"""The largest third derivative."""
