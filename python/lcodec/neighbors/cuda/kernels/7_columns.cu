// Sums down the columns, rows in order: one thread per column.

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

// Sample variance of the columns of `table` (n, p).
extern "C" __global__ void column_variances(const double* __restrict__ table, const long long p,
                                            const int n, double* variance)
{
    const long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= p)
        return;
    double sum = 0.0;
    for (int i = 0; i < n; ++i)
        sum = sum + table[i * p + j];
    const double mean = sum / (double)n;
    double squares = 0.0;
    for (int i = 0; i < n; ++i) {
        const double deviation = table[i * p + j] - mean;
        squares = squares + deviation * deviation;
    }
    variance[j] = squares / (double)(n - 1);
}

// Sums of values[i, c] - current[i]; `current` may be null.
extern "C" __global__ void ordered_sums(const double* __restrict__ values, const int candidates,
                                        const int n, const double* __restrict__ current,
                                        double* sums)
{
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= candidates)
        return;
    double sum = 0.0;
#pragma unroll 8
    for (int i = 0; i < n; ++i) {
        const double value = values[(long long)i * candidates + c];
        sum = sum + (current ? value - current[i] : value);
    }
    sums[c] = sum;
}
