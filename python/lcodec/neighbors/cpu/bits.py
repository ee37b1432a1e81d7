"""The bits of doubles as integers, which have the same order where no number is negative.

A minimum of integers is a reduction that compilers vectorise; a minimum of doubles is one only
under fast mathematics, which would also let them change the distances.
"""

from __future__ import annotations

from typing import Any

from lcodec.compiling import intrinsic

INFINITY = 0x7FF0000000000000  # the bits of an infinite distance


@intrinsic
def bits_of(typing_context: Any, value: Any) -> Any:
    """Return the bits of a float64 as an int64."""
    from llvmlite import ir
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def number_of(typing_context: Any, bits: Any) -> Any:
    """Return the float64 that has these bits."""
    from llvmlite import ir
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def lowest_bit(typing_context: Any, bits: Any) -> Any:
    """Return the place of the lowest bit of a uint64 that is set; there is one."""
    from llvmlite import ir
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate
