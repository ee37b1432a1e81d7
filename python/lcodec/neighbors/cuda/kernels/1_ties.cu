// What every kernel shares: the canonical distance, tie sets, and Philox.
//
// The files of this folder are joined in the order of their names and compiled with --fmad=false.
// They use no header and nothing of a warp, only threads, blocks, shared memory and barriers, so
// that the tests can also run them on a CPU (python/tests/device).
//
// Layouts: `table` (n, p) has one row per sample, so that neighbouring threads, which score
// neighbouring columns, read neighbouring numbers. `chosen` (s, n) has one row per column.

#define INFINITE __longlong_as_double(0x7ff0000000000000LL)

enum Rule { AVERAGE, RANDOM, FIRST };  // positions in TIE_RULES
enum Purpose { TIES = 1 };             // fourth counter word of Philox

struct Words {
    unsigned a, b, c, d;
};

__device__ Words philox4x32(unsigned c0, unsigned c1, unsigned c2, unsigned c3, unsigned k0,
                            unsigned k1)
{
    for (int round = 0; round < 10; ++round) {
        const unsigned long long product_0 = 0xD2511F53ULL * c0, product_1 = 0xCD9E8D57ULL * c2;
        c0 = (unsigned)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned)product_1;
        c2 = (unsigned)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned)product_0;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    return Words{c0, c1, c2, c3};
}

// Which element of row i's tie set is taken, counted from 0 in ascending row order.
__device__ int random_element(int i, long long column, unsigned step, unsigned k0, unsigned k1,
                              int count)
{
    const unsigned word = philox4x32(i, (unsigned)column, step, TIES, k0, k1).a;
    return (int)(((unsigned long long)word * (unsigned long long)count) >> 32);
}

// One term of the distance; the caller adds the terms column by column.
__device__ double term(double a, double b, double weight)
{
    const double t = a - b;
    return (t * t) * weight;
}

// The nearest rows seen so far, in any order of seeing.
struct Nearest {
    double least;     // their distance
    long long total;  // sum of their labels
    int count, first;

    __device__ Nearest() : least(INFINITE), total(0), count(0), first(0) {}

    __device__ void see(double distance, int row, int label)
    {
        if (distance < least) {
            least = distance;
            total = label;
            count = 1;
            first = row;
        } else if (distance == least) {
            total += label;
            ++count;
            first = row < first ? row : first;
        }
    }

    // The value of row i; a random one among several is not decided here.
    __device__ double value(Rule rule, const int* labels, int i) const
    {
        if (rule == FIRST)
            return (double)min(labels[i], labels[first]);
        return (double)total / (double)count;
    }
};

// Write the value of (row i, candidate c), or leave it to `finish`: a random choice needs the tie
// set in ascending order, and a tie set that may be incomplete needs all rows.
__device__ void settle(const Nearest& nearest, bool proven, Rule rule, const int* labels, int i,
                       int c, int candidates, double* values, unsigned* queue, unsigned* queued)
{
    const long long at = (long long)i * candidates + c;
    if (proven && (rule != RANDOM || nearest.count == 1))
        values[at] = nearest.value(rule, labels, i);
    else
        queue[atomicAdd(queued, 1U)] = (unsigned)at;
}
