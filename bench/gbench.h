/* gbench.h: Google Benchmark, as C sees it.
 *
 * Idea: a benchmark is a C function that is given a state and whatever context it was registered
 * with. Everything else (choosing benchmarks by --benchmark_filter, repetitions, the console, CSV
 * and JSON reporters, --benchmark_out) is the library's, and so are its flags. Two things differ:
 *   - names carry no "/iterations:1/manual_time", neither in reports nor for the filter's $
 *   - --benchmark_out is written to FILE.tmp, which takes FILE's place when all of it is on disk
 *
 * Errors: none of these functions fails but those that say so. Out of memory ends the program, as
 * in the library. Not for use by several threads.
 * Source: Google Benchmark 1.7, user guide. */
#ifndef GBENCH_H
#define GBENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gbench gbench;               /* a registered benchmark; owned by the library */
typedef struct gbench_state gbench_state;   /* one run of it; lives as long as the function runs */
typedef void (*gbench_function)(gbench_state *s, void *context);

/* Takes the library's own flags (--benchmark_...) out of argv. Returns false, after saying so on
 * stderr, if one of them is unknown or has a value that cannot be. */
bool gbench_initialise(int *argc, char **argv);

/* Registers a benchmark. The name is copied; the context must live until gbench_run() returns. */
gbench *gbench_register(const char *name, gbench_function function, void *context);

/* How it runs. Each takes effect for the benchmark given. */
void gbench_argument(gbench *b, int64_t argument);                  /* one run per argument */
void gbench_range(gbench *b, int64_t low, int64_t high, int factor);    /* low, low*factor... */
void gbench_iterations(gbench *b, int64_t iterations);  /* exactly so many, not as many as fit */
void gbench_manual_time(gbench *b);                     /* time comes from gbench_set_time() */

/* In the function: `while (gbench_loop(s)) { the work }`, once at least unless it is skipped. */
bool gbench_loop(gbench_state *s);
int64_t gbench_range_value(const gbench_state *s, int which);   /* gbench_argument's or _range's */
void gbench_set_time(gbench_state *s, double seconds);  /* of this iteration, with manual time */
void gbench_counter(gbench_state *s, const char *name, double value);   /* NAN: left out */
void gbench_rate(gbench_state *s, const char *name, double per_iteration);  /* value / second */
void gbench_label(gbench_state *s, const char *text);
void gbench_skip(gbench_state *s, const char *reason);  /* the reason is reported; the loop ends */

/* A line of the report's context: "commit", "1234abc". Before gbench_run(). */
void gbench_context(const char *key, const char *value);

/* Keeps a value that nobody reads, and all that it points at, from being optimised away. */
void gbench_keep(const void *pointer);

/* True if --benchmark_filter selects a benchmark (without arguments) of that name. */
bool gbench_selects(const char *name);

/* The library prints no table; the functions print what they like. --benchmark_format=json or csv
 * and --benchmark_list_tests print as ever. gbench_is_quiet: whether that is in force. */
void gbench_quiet(void);
bool gbench_is_quiet(void);

/* True for --benchmark_list_tests: nothing will be measured. */
bool gbench_lists(void);

/* Where the results are written to: --benchmark_out, or else `fallback`, which then holds; NULL:
 * nowhere. Before gbench_run(). */
const char *gbench_out(const char *fallback);

/* Runs what --benchmark_filter selects. Returns how many benchmarks that were. */
size_t gbench_run(void);

/* After gbench_run(): why --benchmark_out could not be written, or NULL. */
const char *gbench_failure(void);
void gbench_shutdown(void);

#ifdef __cplusplus
}
#endif

#endif
