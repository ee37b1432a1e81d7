// Nearest rows in many columns at once, by exhaustive search.

#define TILE_ROWS 16
#define TILE_COLUMNS 16

// One thread per row i. A block reads the other rows in tiles through shared memory, and every
// thread holds its distances to one tile in registers.
extern "C" __global__ void nearest_rows(
    const double* __restrict__ columns, const double* __restrict__ weights, const int q,
    const int n, const int* __restrict__ labels, const int rule, const unsigned step,
    const unsigned k0, const unsigned k1, double* values)
{
    __shared__ double tile[TILE_COLUMNS][TILE_ROWS];
    __shared__ double scale[TILE_COLUMNS];
    __shared__ int again;
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int own = min(i, n - 1);  // threads beyond the last row help to load
    Nearest nearest;
    int element = -1, last = -1;
    if (threadIdx.x == 0)
        again = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (int base = 0; base < n; base += TILE_ROWS) {
            double d[TILE_ROWS];
#pragma unroll
            for (int r = 0; r < TILE_ROWS; ++r)
                d[r] = 0.0;
            for (int first = 0; first < q; first += TILE_COLUMNS) {
                __syncthreads();  // all have read the tile before
                for (int t = threadIdx.x; t < TILE_COLUMNS * TILE_ROWS; t += blockDim.x) {
                    const int k = first + t / TILE_ROWS, m = base + t % TILE_ROWS;
                    tile[t / TILE_ROWS][t % TILE_ROWS] =
                        k < q && m < n ? columns[(long long)k * n + m] : 0.0;
                }
                for (int t = threadIdx.x; t < TILE_COLUMNS; t += blockDim.x)
                    scale[t] = first + t < q ? weights[first + t] : 0.0;
                __syncthreads();
                const int depth = min(TILE_COLUMNS, q - first);
                for (int k = 0; k < depth; ++k) {
                    const double x = columns[(long long)(first + k) * n + own];
#pragma unroll
                    for (int r = 0; r < TILE_ROWS; ++r)
                        d[r] = d[r] + term(x, tile[k][r], scale[k]);
                }
            }
#pragma unroll
            for (int r = 0; r < TILE_ROWS; ++r) {
                const int m = base + r;
                if (m < n && m != own) {
                    if (pass == 0)
                        nearest.see(d[r], m, min(labels[own], labels[m]));
                    else if (d[r] == nearest.least && element-- == 0)
                        last = m;
                }
            }
        }
        if (pass == 0 && rule == RANDOM && nearest.count > 1) {
            element = random_element(own, 0, step, k0, k1, nearest.count);
            again = 1;
        }
        __syncthreads();
        if (!again)
            break;
    }
    if (i < n)
        values[i] = last < 0 ? nearest.value((Rule)rule, labels, i)
                             : (double)min(labels[i], labels[last]);
}
