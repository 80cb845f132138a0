/* launch.h: what cusim-cc writes in place of launches, kernels, and variables of the device.
 *
 *   k<<<g, b>>>(x, 0)       cusim::launch(cusim::site(place, cusim::address(&k)),
 *                                         [=](auto &a) { k(a, 0); }, cusim::config(g, b),
 *                                         cusim::convert<0>(&k, x))
 *   __global__ void k(..)   followed by a call of cusim::register_kernel<decltype(&k), &k>(..)
 *   __device__ int v;       followed by an object of class cusim::variable
 *   cudaFree(p);            cusim_ignored((cudaFree(p), cusim::no_error()), ..)
 *
 * The arguments are evaluated and copied once, at the launch; each thread copies them anew, as they
 * are its parameters. What runs between the scheduler and the kernel is kept out of the
 * instrumentation: it reads the copies, which lie in memory of the host. */
#ifndef CUSIM_LAUNCH_H
#define CUSIM_LAUNCH_H

#include <stddef.h>

#include <type_traits>
#include <utility>

#include "../cuda_runtime_api.h"
#include "../vector_types.h"
#include "abi.h"

namespace cusim {

/* ---- Launches ---- */

inline cusim_config config(dim3 grid, dim3 block, size_t shared_bytes = 0,
                           const void *stream = nullptr)
{
    return { { grid.x, grid.y, grid.z }, { block.x, block.y, block.z }, shared_bytes,
             const_cast<void *>(stream) };
}

/* A place in the source that launches; the kernel may be another one each time (a pointer). */
struct site_list {
    cusim_launch_site site;
    site_list *next;
};

struct launch_place {
    const char *kernel, *file;
    int line;
    site_list *sites;
};

inline const cusim_launch_site *site(launch_place *place, const void *function)
{
    for (site_list *s = place->sites; s; s = s->next) {
        if (s->site.function == function)
            return &s->site;
    }
    place->sites = new site_list{ { place->kernel, function, place->file, place->line },
                                  place->sites };
    return &place->sites->site;
}

/* The address of a kernel; NULL of what is no function. */
template <class R, class... P> const void *address(R (*function)(P...))
{
    return reinterpret_cast<const void *>(function);
}
template <class T> const void *address(const T &)
{
    return nullptr;
}

/* Argument number I as the kernel's parameter: converted at the launch, as in any call, so that an
 * object that turns into a pointer need not be copied. Superfluous ones are left to the call. */
struct superfluous {
    template <class T> superfluous(const T &) {}
};
template <size_t I, class... P> struct parameter {
    typedef superfluous type;
};
template <class First, class... P> struct parameter<0, First, P...> {
    typedef std::decay_t<First> type;
};
template <size_t I, class First, class... P> struct parameter<I, First, P...>
    : parameter<I - 1, P...> {};

template <size_t I, class R, class... P>
typename parameter<I, P...>::type convert(R (*)(P...),
                                          const typename parameter<I, P...>::type &argument)
{
    return argument;
}
template <size_t I, class F, class T>
std::enable_if_t<!std::is_function<std::remove_pointer_t<F>>::value, T>
convert(const F &, const T &argument)
{
    return argument;
}

template <class Body> CUSIM_UNSEEN void run_body(void *closure)
{
    (*static_cast<const Body *>(closure))();
}

template <class Body> void destroy_body(void *closure)
{
    delete static_cast<Body *>(closure);
}

/* An argument as bytes: CUDA hands the threads a copy that no constructor made and no destructor
 * ends. One that frees memory of the device runs on the host, for the argument itself, after the
 * launch. (Those of the threads' own copies find cudaFree doing nothing.) */
template <class T> struct raw {
    alignas(T) unsigned char bytes[sizeof(T)];

    explicit raw(const T &argument)
    {
        __builtin_memcpy(bytes, &reinterpret_cast<const unsigned char &>(argument), sizeof(T));
    }
    T &get() const
    {
        return reinterpret_cast<T &>(const_cast<unsigned char &>(bytes[0]));
    }
};

/* What a thread calls: the kernel, with copies of the arguments. */
template <class Kernel, class... A> auto bind(Kernel kernel, raw<A>... arguments)
{
    return [=]() CUSIM_UNSEEN { kernel(arguments.get()...); };
}

template <class Kernel, class... A>
void launch(const cusim_launch_site *site, Kernel kernel, const cusim_config &config,
            const A &...arguments)
{
    auto body = bind(kernel, raw<std::decay_t<const A &>>(arguments)...);
    typedef decltype(body) Body;

    cusim_launch(site, &config, 0, run_body<Body>, new Body(body), destroy_body<Body>);
}

/* ---- Kernels by address: cudaLaunchKernel, cudaFuncGetAttributes ---- */

/* Makes the closure of cudaLaunchKernel: argument number i is behind arguments[i]. */
template <class F, F function> struct by_address;
template <class... P, void (*function)(P...)> struct by_address<void (*)(P...), function> {
    static auto bound(const std::remove_const_t<P> &...arguments)
    {
        return bind([](const std::remove_const_t<P> &...a) CUSIM_UNSEEN { function(a...); },
                    raw<std::remove_const_t<P>>(arguments)...);
    }
    typedef decltype(bound(std::declval<const std::remove_const_t<P> &>()...)) Body;

    template <size_t... I> static void *pack(void **arguments, std::index_sequence<I...>)
    {
        (void)arguments;
        return new Body(bound(*static_cast<const std::remove_const_t<P> *>(arguments[I])...));
    }
    static void *copy(void **arguments)
    {
        return pack(arguments, std::index_sequence_for<P...>());
    }
};

/* Returns a number so that a constant can be initialised with it, before main. */
template <class F, F function>
int register_kernel(const char *name, const char *file, int line, int max_threads)
{
    typedef by_address<F, function> Kernel;
    static cusim_kernel kernel = { nullptr, nullptr, nullptr, 0, 0, Kernel::copy,
                                   run_body<typename Kernel::Body>,
                                   destroy_body<typename Kernel::Body>, nullptr };

    if (kernel.name)
        return 0;
    kernel.name = name;
    kernel.function = reinterpret_cast<const void *>(function);
    kernel.file = file;
    kernel.line = line;
    kernel.max_threads = max_threads;
    cusim_register_kernel(&kernel);
    return 0;
}

/* The end of a compiler's description of a function with [.., F function = reduce<float, 256>, ..]
 * as text that lives for ever: "reduce<float, 256>". */
inline const char *kernel_name(const char *description)
{
    const char *from = description;
    for (const char *at = description; *at; at++) {
        if (at[0] == '=' && at[1] == ' ' && at > description + 9 &&
            __builtin_memcmp(at - 9, "function ", 9) == 0)
            from = at + 2;
    }
    size_t length = 0;
    for (int depth = 0; from[length]; length++) {
        const char c = from[length];
        if (depth == 0 && (c == ';' || c == ']'))
            break;
        depth += (c == '<' || c == '(' || c == '[') - (c == '>' || c == ')' || c == ']');
    }
    char *name = new char[length + 1];
    __builtin_memcpy(name, from, length);
    name[length] = '\0';
    return name;
}

/* A kernel template: each instance that is compiled refers to `done` of its own, so that it is
 * registered before main. */
template <class F, F function, const char *file, int line, int max_threads = 0>
struct instance {
    static int enter()
    {
        return register_kernel<F, function>(kernel_name(__PRETTY_FUNCTION__), file, line,
                                            max_threads);
    }
    static const int done;
};
template <class F, F function, const char *file, int line, int max_threads>
const int instance<F, function, file, line, max_threads>::done = enter();

/* __launch_bounds__(threads, blocks): only the first is kept. */
constexpr int first_of(int threads, int = 0, int = 0)
{
    return threads;
}

/* ---- Variables of the device ---- */

struct variable {
    cusim_variable entry;

    template <class T>
    variable(const char *name, T &object, cusim_variable_kind kind, const char *file, int line)
        : entry{ name,
                 const_cast<void *>(
                     static_cast<const volatile void *>(&reinterpret_cast<const volatile char &>(
                         object))),
                 sizeof(T), kind, file, line, nullptr }
    {
        cusim_register_variable(&entry);
    }
};

/* ---- Shared variables ---- */

template <class T> constexpr cusim_element_bytes element_bytes()
{
    typedef typename std::remove_extent<T>::type row;
    typedef typename std::remove_extent<row>::type element;
    return { { sizeof(row), sizeof(element), sizeof(typename std::remove_extent<element>::type) } };
}
constexpr size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- Results thrown away ---- */

/* (call, no_error()) is the call's result if that is an error of the runtime, else 0: a function of
 * the program's own may be called cudaSomething and return what it likes. */
struct no_error {
    constexpr operator int() const { return 0; }
};
constexpr int operator,(cudaError_t error, no_error)
{
    return static_cast<int>(error);
}

}  // namespace cusim

#endif
