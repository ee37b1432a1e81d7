// Gaussian noise that is a pure function of seed, row, column, draw and purpose: Wichura's AS 241
// (PPND16) with a logarithm of IEEE operations only, as in lcodec/random/normal.py.

__device__ double horner(const double* coefficients, double r)
{
    double value = coefficients[7];
    for (int k = 6; k >= 0; --k)
        value = value * r + coefficients[k];
    return value;
}

// x = m 2^e: 2 atanh((m-1)/(m+1)) + e ln 2
__device__ double ieee_log(double x)
{
    int e;
    double m = frexp(x, &e);
    if (m < 0.7071067811865476) {
        m = m + m;
        e = e - 1;
    }
    const double s = (m - 1.0) / (m + 1.0), z = s * s;
    double series = 0.0;
    for (int k = 25; k > 1; k -= 2)
        series = series * z + 1.0 / (double)k;
    const double tail = s * (z * series);
    return (double)e * 0.6931471803691238 +
           ((s + s) + ((tail + tail) + (double)e * 1.9082149292705877e-10));
}

__device__ double normal_quantile(double probability)
{
    const double A[8] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                         1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                         3.3430575583588128105e4, 2.5090809287301226727e3};
    const double B[8] = {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
                         5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
                         2.8729085735721942674e4, 5.2264952788528545610e3};
    const double C[8] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                         5.76949722146069140550e0, 3.64784832476320460504e0,
                         1.27045825245236838258e0, 2.41780725177450611770e-1,
                         2.27238449892691845833e-2, 7.74545014278341407640e-4};
    const double D[8] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                         6.89767334985100004550e-1, 1.48103976427480074590e-1,
                         1.51986665636164571966e-2, 5.47593808499534494600e-4,
                         1.05075007164441684324e-9};
    const double E[8] = {6.65790464350110377720e0, 5.46378491116411436990e0,
                         1.78482653991729133580e0, 2.96560571828504891230e-1,
                         2.65321895265761230930e-2, 1.24266094738807843860e-3,
                         2.71155556874348757815e-5, 2.01033439929228813265e-7};
    const double F[8] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                         1.48753612908506148525e-2, 7.86869131145613259100e-4,
                         1.84631831751005468180e-5, 1.42151175831644588870e-7,
                         2.04426310338993978564e-15};
    const double q = probability - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * horner(A, r) / horner(B, r);
    }
    double r = sqrt(-ieee_log(q < 0.0 ? probability : 1.0 - probability));
    double value;
    if (r <= 5.0) {
        r = r - 1.6;
        value = horner(C, r) / horner(D, r);
    } else {
        r = r - 5.0;
        value = horner(E, r) / horner(F, r);
    }
    return q < 0.0 ? -value : value;
}

// out[i, j] = table[i, j] + scale[j] * noise; one thread per element.
extern "C" __global__ void add_noise(const double* __restrict__ table, const long long p,
                                     const int n, const double* __restrict__ scale,
                                     const unsigned draw, const unsigned purpose,
                                     const unsigned k0, const unsigned k1, double* out)
{
    const long long elements = p * n, threads = (long long)gridDim.x * blockDim.x;
    for (long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x; at < elements;
         at += threads) {
        const long long i = at / p, j = at % p;
        const Words words = philox4x32((unsigned)i, (unsigned)j, draw, purpose, k0, k1);
        const double bits = (double)(words.a >> 5) * 67108864.0 + (double)(words.b >> 6);
        // 2^53 - 1 + 0.5 rounds to 2^53; the bound keeps that one number below 1
        const double u = (bits + 0.5) / 9007199254740992.0, below = 1.0 - 1.0 / 9007199254740992.0;
        out[at] = table[at] + scale[j] * normal_quantile(u < below ? u : below);
    }
}
