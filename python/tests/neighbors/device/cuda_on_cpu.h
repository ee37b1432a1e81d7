// CUDA's execution model on one CPU thread, for testing kernels where there is no GPU.
//
// The blocks of a grid run one after another, and each thread of a block is a coroutine that runs
// until the next barrier. The threads of a block take turns forwards and backwards, in a block
// order that is also reversed, so a missing barrier shows as a wrong result. A barrier that only
// some threads reach ends the launch with an error. Warps are not emulated.

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

using std::fabs;
using std::frexp;
using std::ldexp;
using std::min;
using std::sqrt;

#define __global__
#define __device__
#define __shared__ static
#define __align__(bytes) alignas(bytes)

struct Dimensions {
    unsigned x, y;
};
static Dimensions threadIdx, blockIdx, blockDim, gridDim;

static double __longlong_as_double(long long bits)
{
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

template <class T>
static T atomicAdd(T* address, T value)
{
    const T before = *address;
    *address = before + value;
    return before;
}

struct Coroutine {
    ucontext_t context;
    std::vector<char> stack = std::vector<char>(1 << 16);
    Dimensions index;
    bool done;
};
static std::vector<Coroutine> coroutines;
static ucontext_t scheduler;
static Coroutine* running;
static std::function<void()> body;

static void __syncthreads() { swapcontext(&running->context, &scheduler); }

static void enter()
{
    body();
    running->done = true;  // and on to the scheduler, by uc_link
}

static void resume(Coroutine& thread)
{
    running = &thread;
    threadIdx = thread.index;
    swapcontext(&scheduler, &thread.context);
}

static bool run_block()
{
    const unsigned count = blockDim.x * blockDim.y;
    if (coroutines.size() < count)
        coroutines.resize(count);
    for (unsigned t = 0; t < count; ++t) {
        Coroutine& thread = coroutines[t];
        thread.index = {t % blockDim.x, t / blockDim.x};
        thread.done = false;
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.data();
        thread.context.uc_stack.ss_size = thread.stack.size();
        thread.context.uc_link = &scheduler;
        makecontext(&thread.context, enter, 0);
    }
    for (bool backwards = blockIdx.x % 2;; backwards = !backwards) {
        unsigned done = 0;
        for (unsigned t = 0; t < count; ++t) {
            Coroutine& thread = coroutines[backwards ? count - 1 - t : t];
            resume(thread);
            done += thread.done;
        }
        if (done == count)
            return true;
        if (done > 0)
            return false;  // the others wait at a barrier for ever
    }
}

static int run_grid(const unsigned* shape)
{
    gridDim = {shape[0], shape[1]};
    blockDim = {shape[2], shape[3]};
    const unsigned blocks = gridDim.x * gridDim.y;
    for (unsigned b = blocks; b-- > 0;) {
        blockIdx = {b % gridDim.x, b / gridDim.x};
        if (!run_block())
            return 1;
    }
    return 0;
}

template <class... A, std::size_t... I>
static int launch(void (*kernel)(A...), void** arguments, const unsigned* shape,
                  std::index_sequence<I...>)
{
    body = [=] { kernel(*static_cast<A*>(arguments[I])...); };
    return run_grid(shape);
}

template <class... A>
static int launch(void (*kernel)(A...), void** arguments, const unsigned* shape)
{
    return launch(kernel, arguments, shape, std::index_sequence_for<A...>{});
}

#define EXPORT(name)                                                            \
    extern "C" int launch_##name(void** arguments, const unsigned* shape)       \
    {                                                                           \
        return launch(name, arguments, shape);                                  \
    }
