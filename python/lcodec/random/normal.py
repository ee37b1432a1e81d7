"""Standard normal numbers from IEEE operations alone, so that every language gives the same bits.

The quantile is Wichura's AS 241, routine PPND16 (Applied Statistics 37:477-484, 1988), accurate to
about 1 part in 1e16. It needs a logarithm and a square root; IEEE 754 rounds the square root
correctly everywhere, but the logarithm of every C library differs, so ours is built from
``frexp`` and the four operations. So is the exponential that the tail probability needs.
"""

from __future__ import annotations

import math

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.random.philox import philox4x32, split_seed
from lcodec.resources import threads_for

# PPND16: numerators a, c, e and denominators b, d, f of three rational approximations.
_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
    5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)  # fmt: skip
_E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)  # fmt: skip

_SQRT_HALF = 0.7071067811865476
_LN2_HIGH = 0.6931471803691238  # ln 2 to 33 bits, so that its product with an exponent is exact
_LN2_LOW = 1.9082149292705877e-10
_LOG2_E = 1.4426950408889634
_DENSITY_0 = 0.3989422804014327  # 1/sqrt(2 pi)


@kernel(forceinline=True)
def _horner(coefficients, r):  # type: ignore[no-untyped-def]
    value = coefficients[7]
    for k in range(6, -1, -1):
        value = value * r + coefficients[k]
    return value


@kernel
def log(x):  # type: ignore[no-untyped-def]
    """Return the natural logarithm of x = m 2^e: 2 atanh((m-1)/(m+1)) + e ln 2."""
    m, e = math.frexp(x)
    if m < _SQRT_HALF:
        m, e = m + m, e - 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = 0.0
    for k in range(25, 1, -2):  # z^12/25 is below half a unit in the last place
        series = series * z + 1.0 / k
    tail = s * (z * series)
    return e * _LN2_HIGH + ((s + s) + ((tail + tail) + e * _LN2_LOW))


@kernel
def quantile(p):  # type: ignore[no-untyped-def]
    """Return the standard normal quantile of p in (0, 1)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _horner(_A, r) / _horner(_B, r)
    r = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r = r - 1.6
        value = _horner(_C, r) / _horner(_D, r)
    else:
        r = r - 5.0
        value = _horner(_E, r) / _horner(_F, r)
    return -value if q < 0.0 else value


@ThreadedKernel
def _fill(start, stop, out, columns, draw, purpose, k0, k1):  # type: ignore[no-untyped-def]
    for i in range(start, stop):
        for j in range(out.shape[0]):
            a, b, _, _ = philox4x32(
                np.uint64(i), np.uint64(columns[j]), np.uint64(draw), np.uint64(purpose), k0, k1
            )
            bits = float(a >> np.uint64(5)) * 67108864.0 + float(b >> np.uint64(6))
            # 2^53 - 1 + 0.5 rounds to 2^53; the minimum keeps that one number below 1
            out[j, i] = quantile(min((bits + 0.5) / 9007199254740992.0, 1.0 - 2.0**-53))


def gaussian(n: int, columns: IntArray, *, draw: int, purpose: int, seed: int) -> FloatArray:
    """Return standard normal numbers (p, n): row j belongs to column ``columns[j]`` of the data."""
    out = np.empty((len(columns), n))
    with threads_for(100 * out.size):
        _fill(n, out, np.asarray(columns, dtype=np.int64), draw, purpose, *split_seed(seed))
    return out


@kernel
def exp(x):  # type: ignore[no-untyped-def]
    """Return e^x for x in [-708, 0] as 2^k e^r with abs(r) <= ln(2)/2."""
    k = math.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = 1.0
    for j in range(15, 0, -1):  # r^16/16! is below half a unit in the last place
        series = 1.0 + r * series / j
    return math.ldexp(series, int(k))


@kernel
def upper_tail(t):  # type: ignore[no-untyped-def]
    """Return P(N(0, 1) >= t) to about 1 part in 1e15; 0 from t = 37.5 on, where it is below 1e-307.

    The Taylor series of the integral near 0 and Laplace's continued fraction beyond it
    (Abramowitz & Stegun 26.2.11 and 26.2.14), both times the density.
    """
    a = abs(t)
    if a > 37.5:
        tail = 0.0
    else:
        head = math.floor(a * 16.0) / 16.0  # its square is exact, so that exp keeps all its digits
        density = exp(-0.5 * (head * head)) * exp(-0.5 * ((a - head) * (a + head))) * _DENSITY_0
        if a < 1.5:
            series = 1.0
            for k in range(45, 1, -2):
                series = 1.0 + a * a * series / k
            tail = 0.5 - density * (a * series)
        else:
            fraction = a
            for k in range(200, 0, -1):
                fraction = a + k / fraction
            tail = density / fraction
    return 1.0 - tail if t < 0.0 else tail
