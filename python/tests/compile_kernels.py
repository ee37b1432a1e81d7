"""``python -m python.tests.compile_kernels``: all kernels, so that no test waits for one.

A process compiles on one core, so that one compiles those for numbers while another compiles those
for classes. Processes that run tests would each compile what both need at once.
"""

from __future__ import annotations

import multiprocessing

from lcodec.warming import compile_for


def main() -> None:
    """Compile them, and fail where that fails."""
    start = multiprocessing.get_context("spawn").Process
    both = [start(target=compile_for, args=(response,)) for response in (None, "nominal")]
    for process in both:
        process.start()
    for process in both:
        process.join()
    if any(process.exitcode for process in both):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
