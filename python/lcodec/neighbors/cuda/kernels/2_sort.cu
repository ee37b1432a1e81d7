// Sorting by one block: a bitonic network, the same in shared and in global memory. The compiler
// is told CAPACITY, how many numbers a block sorts in shared memory.

// Sort `count` pairs by key; the arrays must have room for the next power of two. Equal keys come
// in any order. All threads of the block must call this.
__device__ void sort_pairs(double* key, int* row, int count)
{
    int size = 1;
    while (size < count)
        size *= 2;
    for (int t = count + threadIdx.x; t < size; t += blockDim.x) {
        key[t] = INFINITE;
        row[t] = 0;
    }
    for (int width = 2; width <= size; width *= 2)
        for (int stride = width / 2; stride > 0; stride /= 2) {
            __syncthreads();
            for (int t = threadIdx.x; t < size / 2; t += blockDim.x) {
                const int low = 2 * t - (t & (stride - 1)), high = low + stride;
                const double a = key[low], b = key[high];
                if ((low & width) == 0 ? a > b : a < b) {
                    key[low] = b;
                    key[high] = a;
                    const int r = row[low];
                    row[low] = row[high];
                    row[high] = r;
                }
            }
        }
    __syncthreads();
}
