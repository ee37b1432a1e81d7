"""Cold start: the import and the first call, in processes that live for nothing else.

``python -m bench.speed.cold <call> <file>`` writes the seconds of both. The first process of a
fresh kernel cache compiles; every later one only loads, which is what users meet every day.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Time ``import lcodec`` and then one small call, with NumPy not yet imported."""
    start = time.perf_counter()
    import lcodec

    imported = time.perf_counter() - start
    import numpy as np

    X = np.random.default_rng(0).normal(size=(1000, 10))
    y = X[:, 0] * X[:, 1] + X[:, 0] - X[:, 2]
    start = time.perf_counter()
    if sys.argv[1] == "foci":
        lcodec.foci(X, y)
    else:
        lcodec.codec(y, X[:, :3])
    first = time.perf_counter() - start
    record = {"import": imported, "first": first, "version": lcodec.__version__}
    Path(sys.argv[2]).write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    main()
