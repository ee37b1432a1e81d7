// Several nearest rows, and classes: what the kernels before do for one nearest row and ranks.
//
// Nothing is stored for a row: its K-th smallest distance is found in at most K passes over its
// list, each of which finds the next larger distance, and one more pass adds what is in reach.

// The other rows of row i with their distances in the chosen columns and one candidate: those of
// its list, in ascending order of the distance in the chosen columns alone, or all.
struct Others {
    const double* column;  // of the candidate, `p` numbers from row to row; null without one
    long long p;
    double weight;
    const double *chosen, *chosen_weights;
    int s, n, i;
    const Entry* list;  // null for all rows
    int stride;

    // Look at the entry `at`; false at the end, which comes when no later row can be within `reach`.
    __device__ bool look(int at, double reach, int* row, double* distance) const
    {
        double d = 0.0;
        int m = at;
        if (list) {
            if (at == stride || list[at].distance > reach || !(list[at].distance < INFINITE))
                return false;
            d = list[at].distance;
            m = list[at].row;
        } else {
            if (at == n)
                return false;
            for (int k = 0; k < s; ++k)
                d = d + term(chosen[(long long)k * n + i], chosen[(long long)k * n + m],
                             chosen_weights[k]);
        }
        if (column)
            d = d + term(column[i * p], column[m * p], weight);
        *row = m;
        *distance = m == i ? INFINITE : d;
        return true;
    }
};

__device__ int gain(int label, int other, int classes)
{
    return classes ? label == other : min(label, other);
}

// The K-th smallest distance, and how many rows are nearer and how many at it. Infinite where a list
// has fewer rows.
struct Reach {
    double distance;
    int nearer, tied;
};

__device__ Reach reach_of(const Others& others, int count)
{
    Reach reach = {-1.0, 0, 0};
    while (true) {
        const double before = reach.distance;
        double least = INFINITE, distance;
        int tied = 0, row;
        for (int at = 0; others.look(at, least, &row, &distance); ++at) {
            if (distance > before && distance < least) {
                least = distance;
                tied = 1;
            } else if (distance == least) {
                ++tied;
            }
        }
        reach.nearer += reach.tied;
        reach.tied = tied;
        reach.distance = least;
        if (!(least < INFINITE) || reach.nearer + tied >= count)
            return reach;
    }
}

// The place that draw t of row i takes in its tie set of `size` rows, by a shuffle in its own words.
__device__ int drawn_place(int i, long long column, unsigned step, unsigned k0, unsigned k1,
                           int size, int t)
{
    const unsigned purpose = TIES + ((unsigned)(t / 4) << 16);
    const Words words = philox4x32(i, (unsigned)column, step, purpose, k0, k1);
    const unsigned word = t % 4 == 0 ? words.a : t % 4 == 1 ? words.b : t % 4 == 2 ? words.c
                                                                                  : words.d;
    return t + (int)(((unsigned long long)word * (unsigned long long)(size - t)) >> 32);
}

// Which row of the tie set, in ascending order, draw t takes: what is at its place after the swaps.
__device__ int drawn_element(int i, long long column, unsigned step, unsigned k0, unsigned k1,
                             int size, int t)
{
    int place = drawn_place(i, column, step, k0, k1, size, t);
    for (int s = t - 1; s >= 0; --s)
        if (drawn_place(i, column, step, k0, k1, size, s) == place)
            place = s;
    return place;
}

// One thread per pair (row i, candidate c) in turn. `numbers` may be null: then there is one
// candidate without a column, known as `number`.
extern "C" __global__ void nearest_several(
    const double* __restrict__ table, const long long p, const long long* __restrict__ numbers,
    const int candidates, const double* __restrict__ weights, const int n,
    const int* __restrict__ labels, const int rule, const double* __restrict__ chosen,
    const double* __restrict__ chosen_weights, const int s, const unsigned step, const unsigned k0,
    const unsigned k1, const Entry* __restrict__ lists, const double* __restrict__ bounds,
    const int stride, const int count, const int classes, const long long number, double* values)
{
    const long long pairs = (long long)n * candidates;
    for (long long pair = (long long)blockIdx.x * blockDim.x + threadIdx.x; pair < pairs;
         pair += (long long)gridDim.x * blockDim.x) {
        const int i = (int)(pair / candidates), c = (int)(pair % candidates);
        const long long id = numbers ? numbers[c] : number;
        Others others = {numbers ? table + id : 0, p, numbers ? weights[id] : 0.0, chosen,
                         chosen_weights, s, n, i, lists ? lists + (long long)i * stride : 0, stride};
        Reach reach = {INFINITE, 0, 0};
        if (lists)
            reach = reach_of(others, count);
        if (!lists || !(reach.distance < bounds[i])) {
            others.list = 0;
            reach = reach_of(others, count);
        }
        long long nearer = 0, tied = 0;
        const int wanted = count - reach.nearer;
        int row;
        double distance;
        for (int at = 0; others.look(at, reach.distance, &row, &distance); ++at) {
            const int value = gain(labels[i], labels[row], classes);
            nearer += distance < reach.distance ? value : 0;
            tied += distance == reach.distance ? value : 0;
        }
        if (rule == AVERAGE || wanted == reach.tied) {
            values[pair] = ((double)(wanted * tied) / (double)reach.tied + (double)nearer) / count;
            continue;
        }
        others.list = 0;  // rows in ascending order
        for (int t = 0; t < (rule == FIRST ? 1 : wanted); ++t) {
            const int element =
                rule == FIRST ? 0 : drawn_element(i, id, step, k0, k1, reach.tied, t);
            int place = 0;
            for (int at = 0; others.look(at, reach.distance, &row, &distance); ++at)
                if (distance == reach.distance) {
                    if (rule == FIRST ? place < wanted : place == element)
                        nearer += gain(labels[i], labels[row], classes);
                    ++place;
                }
        }
        values[pair] = (double)nearer / count;
    }
}
