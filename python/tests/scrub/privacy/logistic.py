import math

SHARP = 1 / (6 * math.sqrt(3))
