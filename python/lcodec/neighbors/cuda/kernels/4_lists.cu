// For every row, the other rows by their distance in the chosen columns: made once per step, and
// shared by all candidates.

struct __align__(16) Entry {
    double distance;
    int row, label;  // label: min(labels[i], labels[row])
};

// One block per row i: entries [i, 0 ... length) ascending by distance, then infinite distances up
// to `stride`. No row that was left out is nearer than bounds[i]. `length` + blockDim.x must not
// exceed CAPACITY.
extern "C" __global__ void neighbour_lists(
    const double* __restrict__ chosen, const double* __restrict__ weights, const int s, const int n,
    const int* __restrict__ labels, const int length, const int stride, Entry* lists,
    double* bounds)
{
    __shared__ double key[CAPACITY];
    __shared__ int row[CAPACITY];
    __shared__ int filled;
    for (int i = blockIdx.x; i < n; i += gridDim.x) {
        double bound = INFINITE;
        if (threadIdx.x == 0)
            filled = 0;
        __syncthreads();
        for (int base = 0; base < n; base += blockDim.x) {
            const int m = base + threadIdx.x;
            if (m < n && m != i) {
                double d = 0.0;
                for (int k = 0; k < s; ++k)
                    d = d + term(chosen[(long long)k * n + i], chosen[(long long)k * n + m],
                                 weights[k]);
                if (d < bound) {
                    const int at = atomicAdd(&filled, 1);
                    key[at] = d;
                    row[at] = m;
                }
            }
            __syncthreads();
            const int found = filled;
            __syncthreads();  // all have read `filled`
            if (found + blockDim.x > CAPACITY) {  // no room for one more from each thread
                sort_pairs(key, row, found);
                bound = key[length - 1];
                if (threadIdx.x == 0)
                    filled = length;
                __syncthreads();
            }
        }
        sort_pairs(key, row, filled);
        for (int t = threadIdx.x; t < stride; t += blockDim.x) {
            Entry entry = {INFINITE, 0, 0};
            if (t < length)
                entry = Entry{key[t], row[t], min(labels[i], labels[row[t]])};
            lists[(long long)i * stride + t] = entry;
        }
        if (threadIdx.x == 0)
            bounds[i] = length < n - 1 ? key[length - 1] : INFINITE;
        __syncthreads();  // all have read this row's list
    }
}
