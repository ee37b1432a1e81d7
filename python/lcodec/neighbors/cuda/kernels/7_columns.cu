// Sums down the columns, one thread per column, with the bits of lcodec/neighbors/sums.py: they do
// not depend on the order of the rows.

// The sum of n numbers of at most `bound` in size.
struct Total {
    double above, below, high, low;

    __device__ Total(double bound, int n) : high(0.0), low(0.0)
    {
        int exponent, k;
        frexp(bound, &exponent);
        frexp((double)n, &k);
        above = ldexp(1.5, exponent + k - 1);
        below = ldexp(1.5, exponent + 2 * k - 55);
    }

    __device__ void add(double x)
    {
        const double first = (x + above) - above;
        high = high + first;
        low = low + (((x - first) + below) - below);
    }

    __device__ double value() const { return high + low; }
};

// The largest size in column j of `table` (n, p) less `center`.
__device__ double largest_size(const double* __restrict__ table, const long long p, const int n,
                               const long long j, const double center)
{
    double high = 0.0;
    for (int i = 0; i < n; ++i) {
        const double size = fabs(table[i * p + j] - center);
        high = size > high ? size : high;
    }
    return high;
}

// Largest less smallest value of the columns of `table` (n, p).
extern "C" __global__ void column_spreads(const double* __restrict__ table, const long long p,
                                          const int n, double* spread)
{
    const long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= p)
        return;
    double low = table[j], high = low;
    for (int i = 1; i < n; ++i) {
        const double x = table[i * p + j];
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    spread[j] = high - low;
}

// Smallest size above 0 in the columns of `table` (n, p); infinite in a column of zeros.
extern "C" __global__ void column_least(const double* __restrict__ table, const long long p,
                                        const int n, double* least)
{
    const long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= p)
        return;
    double low = INFINITE;
    for (int i = 0; i < n; ++i) {
        const double size = fabs(table[i * p + j]);
        low = size > 0.0 && size < low ? size : low;
    }
    least[j] = low;
}

// Largest size in the columns of `table` (n, p).
extern "C" __global__ void column_most(const double* __restrict__ table, const long long p,
                                       const int n, double* most)
{
    const long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= p)
        return;
    most[j] = largest_size(table, p, n, j, 0.0);
}

// Sample variance of the columns of `table` (n, p).
extern "C" __global__ void column_variances(const double* __restrict__ table, const long long p,
                                            const int n, double* variance)
{
    const long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= p)
        return;
    Total sum(largest_size(table, p, n, j, 0.0), n);
    for (int i = 0; i < n; ++i)
        sum.add(table[i * p + j]);
    const double mean = sum.value() / (double)n;
    const double largest = largest_size(table, p, n, j, mean);
    Total squares(largest * largest, n);
    for (int i = 0; i < n; ++i) {
        const double deviation = table[i * p + j] - mean;
        squares.add(deviation * deviation);
    }
    variance[j] = squares.value() / (double)(n - 1);
}

// Sums of values[i, c] - current[i], of at most n in size; `current` may be null.
extern "C" __global__ void sums_over_rows(const double* __restrict__ values, const int candidates,
                                          const int n, const double* __restrict__ current,
                                          double* sums)
{
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= candidates)
        return;
    Total sum((double)n, n);
#pragma unroll 8
    for (int i = 0; i < n; ++i) {
        const double value = values[(long long)i * candidates + c];
        sum.add(current ? value - current[i] : value);
    }
    sums[c] = sum.value();
}
