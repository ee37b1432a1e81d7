// Nearest rows in one column: sort it, then look to the left and to the right.

// One block per candidate column. Columns of more than CAPACITY rows are sorted in `far_key` and
// `far_row`, which have `room` places per block.
extern "C" __global__ void nearest_on_line(
    const double* __restrict__ table, const long long p, const long long* __restrict__ numbers,
    const int candidates, const double* __restrict__ weights, const int n,
    const int* __restrict__ labels, const int rule, double* far_key, int* far_row, const int room,
    double* values, unsigned* queue, unsigned* queued)
{
    __shared__ double near_key[CAPACITY];
    __shared__ int near_row[CAPACITY];
    const long long place = (long long)blockIdx.x * room;
    double* key = n <= CAPACITY ? near_key : far_key + place;
    int* row = n <= CAPACITY ? near_row : far_row + place;
    for (int c = blockIdx.x; c < candidates; c += gridDim.x) {
        const double* column = table + numbers[c];
        const double weight = weights[numbers[c]];
        for (int t = threadIdx.x; t < n; t += blockDim.x) {
            key[t] = column[t * p];
            row[t] = t;
        }
        sort_pairs(key, row, n);
        for (int t = threadIdx.x; t < n; t += blockDim.x) {
            const int i = row[t], label = labels[i];
            Nearest nearest;
            // rounding is monotone, so that distances never fall on the way outwards
            for (int a = t - 1; a >= 0; --a) {
                const double d = term(key[t], key[a], weight);
                if (d > nearest.least)
                    break;
                nearest.see(d, row[a], min(label, labels[row[a]]));
            }
            for (int b = t + 1; b < n; ++b) {
                const double d = term(key[t], key[b], weight);
                if (d > nearest.least)
                    break;
                nearest.see(d, row[b], min(label, labels[row[b]]));
            }
            settle(nearest, true, (Rule)rule, labels, i, c, candidates, values, queue, queued);
        }
        __syncthreads();  // all have read this column
    }
}
