// A step of the greedy search: the nearest rows of every row in (chosen, candidate), for all
// candidates.

#define AT_ONCE 4  // list entries between two looks at whether to stop; divides `stride`

// One thread per candidate and some rows. A list is left as soon as the distance in the chosen
// columns alone exceeds the least one found. All threads of a warp walk the same list, so an entry
// is one broadcast, and the candidates' numbers are one coalesced read.
extern "C" __global__ void walk(
    const double* __restrict__ table, const long long p, const long long* __restrict__ numbers,
    const int candidates, const double* __restrict__ weights, const int n,
    const int* __restrict__ labels, const int rule, const Entry* __restrict__ lists,
    const double* __restrict__ bounds, const int stride, double* values, unsigned* queue,
    unsigned* queued)
{
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= candidates)
        return;
    const double* column = table + numbers[c];
    const double weight = weights[numbers[c]];
    const int rows = gridDim.y * blockDim.y;
    for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < n; i += rows) {
        const double x = column[i * p];
        const Entry* list = lists + (long long)i * stride;
        Nearest nearest;
        for (int at = 0; at < stride && list[at].distance <= nearest.least; at += AT_ONCE) {
            Entry entry[AT_ONCE];
            double other[AT_ONCE];
#pragma unroll
            for (int u = 0; u < AT_ONCE; ++u) {
                entry[u] = list[at + u];
                other[u] = column[entry[u].row * p];
            }
#pragma unroll
            for (int u = 0; u < AT_ONCE; ++u)
                nearest.see(entry[u].distance + term(x, other[u], weight), entry[u].row,
                            entry[u].label);
        }
        const bool proven = nearest.least < bounds[i];
        settle(nearest, proven, (Rule)rule, labels, i, c, candidates, values, queue, queued);
    }
}

// The pairs (row, candidate) in the queue, each by one thread from all rows in ascending order.
extern "C" __global__ void finish(
    const double* __restrict__ table, const long long p, const long long* __restrict__ numbers,
    const int candidates, const double* __restrict__ weights, const int n,
    const int* __restrict__ labels, const int rule, const double* __restrict__ chosen,
    const double* __restrict__ chosen_weights, const int s, const unsigned step, const unsigned k0,
    const unsigned k1, double* values, const unsigned* __restrict__ queue,
    const unsigned* __restrict__ queued)
{
    for (unsigned q = blockIdx.x * blockDim.x + threadIdx.x; q < *queued;
         q += gridDim.x * blockDim.x) {
        const int i = (int)(queue[q] / candidates), c = (int)(queue[q] % candidates);
        const double* column = table + numbers[c];
        const double x = column[i * p], weight = weights[numbers[c]];
        Nearest nearest;
        int element = 0, last = -1;
        for (int pass = 0; pass < 2; ++pass) {
            for (int m = 0; m < n; ++m) {
                if (m == i)
                    continue;
                double d = 0.0;
                for (int k = 0; k < s; ++k)
                    d = d + term(chosen[(long long)k * n + i], chosen[(long long)k * n + m],
                                 chosen_weights[k]);
                d = d + term(x, column[m * p], weight);
                if (pass == 0)
                    nearest.see(d, m, min(labels[i], labels[m]));
                else if (d == nearest.least && element-- == 0) {
                    last = m;
                    break;
                }
            }
            if (rule != RANDOM || nearest.count == 1)
                break;
            if (pass == 0)
                element = random_element(i, numbers[c], step, k0, k1, nearest.count);
        }
        values[queue[q]] = last < 0 ? nearest.value((Rule)rule, labels, i)
                                    : (double)min(labels[i], labels[last]);
    }
}
