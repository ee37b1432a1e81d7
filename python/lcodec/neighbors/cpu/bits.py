"""The bits of doubles as integers, which have the same order where no number is negative.

A minimum of integers is a reduction that compilers vectorise; a minimum of doubles is one only
under fast mathematics, which would also let them change the distances.
"""

from __future__ import annotations

from typing import Any

from lcodec.compiling import intrinsic

INFINITY = 0x7FF0000000000000  # the bits of an infinite distance
COUNTED = 32  # numbers that are compared together


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
def high_bits(typing_context: Any, value: Any) -> Any:
    """Return the upper half of the bits of a float64 as an int32: about seven digits of it."""
    from llvmlite import ir
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.IntType(64))
        return builder.trunc(builder.lshr(bits, ir.Constant(ir.IntType(64), 32)), ir.IntType(32))

    return types.int32(types.float64), generate


@intrinsic
def count_below(typing_context: Any, numbers: Any, row: Any, at: Any, bound: Any) -> Any:
    """Return how many of the `COUNTED` numbers in a row of int32, from place `at` on, are below.

    Their comparisons are one vector of bits, which no loop of Numba becomes.
    """
    from llvmlite import ir
    from numba import types

    vector = ir.VectorType(ir.IntType(32), COUNTED)
    undefined, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        length = builder.extract_value(array.shape, 1)
        start = builder.gep(
            array.data, [builder.add(builder.mul(arguments[1], length), arguments[2])]
        )
        some = builder.load(builder.bitcast(start, vector.as_pointer()), align=4)
        bounds = builder.shuffle_vector(
            builder.insert_element(undefined, arguments[3], first), undefined,
            ir.Constant(ir.VectorType(ir.IntType(32), COUNTED), [0] * COUNTED),
        )  # fmt: skip
        below = builder.icmp_signed("<", some, bounds)
        bits = builder.bitcast(below, ir.IntType(COUNTED))
        return builder.zext(builder.ctpop(bits), ir.IntType(64))

    return types.int64(numbers, types.uint64, types.uint64, types.int32), generate


@intrinsic
def lowest_bit(typing_context: Any, bits: Any) -> Any:
    """Return the place of the lowest bit of a uint64 that is set; there is one."""
    from llvmlite import ir
    from numba import types

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate
