/* gbench.cpp: Google Benchmark behind gbench.h; the only C++ of the benchmarks.
 *
 * Idea: a gbench is the library's Benchmark and a gbench_state its State, under names that C knows.
 *       The reports go through one reporter of our own, which gives every run its plain name and
 *       hands it to the library's reporters: one for stdout, one for --benchmark_out.
 * Hazard: the library ends the program when it cannot open --benchmark_out, with exit code 1, and
 *       does not look whether the file could be written; and for a flag's value that it does not
 *       know with exit code 0. So both are seen to here, and the library sees neither. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  /* gcc 12 with sanitizers, in <regex> */
#include "bench/gbench.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct settings {
    std::string out, out_format = "json", format = "console";
    std::string part;               /* what is written before it takes the place of `out` */
    std::string failure;
    std::regex filter;
    bool filtered = false, excludes = false, lists = false, quiet = false;
};
settings own;

benchmark::internal::Benchmark *benchmark_of(gbench *b)
{
    return reinterpret_cast<benchmark::internal::Benchmark *>(b);
}

benchmark::State *state_of(gbench_state *s)
{
    return reinterpret_cast<benchmark::State *>(s);
}

/* "--NAME=value" -> its value, or NULL. */
const char *value_of(const char *argument, const char *name)
{
    const size_t length = std::strlen(name);
    return std::strncmp(argument, name, length) == 0 && argument[length] == '='
               ? argument + length + 1
               : nullptr;
}

/* ---- Reports ---- */

std::unique_ptr<benchmark::BenchmarkReporter> make_reporter(const std::string &format)
{
    if (format == "json")
        return std::make_unique<benchmark::JSONReporter>();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    if (format == "csv")
        return std::make_unique<benchmark::CSVReporter>();
#pragma GCC diagnostic pop
    return std::make_unique<benchmark::ConsoleReporter>(
        benchmark::ConsoleReporter::OO_Tabular);
}

/* Hands everything on to the reporters of stdout and of the file, either of which may be absent. */
class splitter : public benchmark::BenchmarkReporter {
public:
    std::unique_ptr<benchmark::BenchmarkReporter> shown, filed;
    std::ofstream file;

    bool ReportContext(const Context &context) override
    {
        if (shown && !shown->ReportContext(context))
            return false;
        return !filed || (filed->ReportContext(context) && written());
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        std::vector<Run> plain = runs;
        for (Run &run : plain) {
            run.run_name.iterations.clear();
            run.run_name.time_type.clear();
            run.run_name.repetitions.clear();
        }
        if (shown)
            shown->ReportRuns(plain);
        if (filed && own.failure.empty()) {
            filed->ReportRuns(plain);
            written();
        }
    }

    void Finalize() override
    {
        if (shown)
            shown->Finalize();
        if (filed && own.failure.empty()) {
            filed->Finalize();
            written();
        }
    }

    bool written()
    {
        errno = 0;
        if (own.failure.empty() && !file.flush())
            own.failure = own.part + ": " + std::strerror(errno ? errno : EIO);
        return own.failure.empty();
    }
};

/* A device or a pipe is written to as it is, a file in the place beside it. */
bool open_file(splitter *reports)
{
    struct stat now;

    if (own.out.empty())
        return true;
    const bool plain = stat(own.out.c_str(), &now) != 0 || S_ISREG(now.st_mode);
    own.part = plain ? own.out + ".tmp" : own.out;
    errno = 0;
    reports->file.open(own.part);
    if (!reports->file) {
        own.failure = own.part + ": " + std::strerror(errno ? errno : EIO);
        return false;
    }
    reports->filed = make_reporter(own.out_format);
    reports->filed->SetOutputStream(&reports->file);
    reports->filed->SetErrorStream(&std::cerr);
    return true;
}

/* The file's contents reach the disk before its name does. Nothing ran: there is none. */
void close_file(splitter *reports, bool ran)
{
    if (!reports->filed)
        return;
    reports->file.close();
    const bool beside = own.part != own.out;
    if (own.failure.empty() && beside && ran) {
        const int descriptor = open(own.part.c_str(), O_RDONLY);
        const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
        if (!synced || std::rename(own.part.c_str(), own.out.c_str()) != 0)
            own.failure = own.out + ": " + std::strerror(errno);
        if (descriptor >= 0)
            close(descriptor);
    }
    if ((!own.failure.empty() || !ran) && beside)
        unlink(own.part.c_str());
}

/* ---- Flags ---- */

const char *const suffix = "(/iterations:[0-9]+)?(/repeats:[0-9]+)?(/(manual|real)_time)?";

/* The library matches names with what it appends to them, so an end that the user asks for may be
 * followed by that. */
std::string with_suffix(const std::string &pattern)
{
    std::string result;
    bool in_class = false;

    for (size_t i = 0; i < pattern.size(); i++) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            result += pattern[i++];
        } else if (pattern[i] == '$' && !in_class) {
            result += suffix;
        } else if (pattern[i] == '[' || pattern[i] == ']') {
            in_class = pattern[i] == '[';
        }
        result += pattern[i];
    }
    return result;
}

bool is_format(const std::string &format, const char *flag)
{
    if (format == "console" || format == "json" || format == "csv")
        return true;
    std::fprintf(stderr, "%s: expected console, json or csv, found '%s'\n", flag, format.c_str());
    return false;
}

bool take_filter()
{
    std::string pattern = benchmark::GetBenchmarkFilter();

    own.filtered = !pattern.empty() && pattern != "all";
    if (!own.filtered)
        return true;
    own.excludes = pattern[0] == '-';
    try {
        own.filter = std::regex(pattern.substr(own.excludes));
    } catch (const std::regex_error &error) {
        std::fprintf(stderr, "--benchmark_filter: '%s' is no regular expression (%s)\n",
                     pattern.c_str(), error.what());
        return false;
    }
    benchmark::SetBenchmarkFilter(with_suffix(pattern));
    return true;
}

/* Takes what the library shall not see. */
void take_own_flags(int *argc, char **argv)
{
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        if (const char *out = value_of(argv[i], "--benchmark_out"))
            own.out = out;
        else if (const char *out_format = value_of(argv[i], "--benchmark_out_format"))
            own.out_format = out_format;
        else if (const char *format = value_of(argv[i], "--benchmark_format"))
            own.format = format;
        else
            argv[kept++] = argv[i];
        if (std::strcmp(argv[i], "--benchmark_list_tests") == 0)
            own.lists = true;
        else if (const char *list = value_of(argv[i], "--benchmark_list_tests"))
            own.lists = std::strchr("tTyY1", *list) && *list;
    }
    argv[kept] = nullptr;
    *argc = kept;
}

} /* namespace */

bool gbench_initialise(int *argc, char **argv)
{
    take_own_flags(argc, argv);
    benchmark::Initialize(argc, argv);
    for (int i = 1; i < *argc; i++)
        if (std::strncmp(argv[i], "--benchmark_", 12) == 0) {
            std::fprintf(stderr, "%s: no flag of Google Benchmark, or its value cannot be\n",
                         argv[i]);
            return false;
        }
    return is_format(own.format, "--benchmark_format") &&
           is_format(own.out_format, "--benchmark_out_format") && take_filter();
}

gbench *gbench_register(const char *name, gbench_function function, void *context)
{
    return reinterpret_cast<gbench *>(
        benchmark::RegisterBenchmark(name, [function, context](benchmark::State &state) {
            function(reinterpret_cast<gbench_state *>(&state), context);
        }));
}

void gbench_argument(gbench *b, int64_t argument)
{
    benchmark_of(b)->Arg(argument);
}

void gbench_range(gbench *b, int64_t low, int64_t high, int factor)
{
    benchmark_of(b)->RangeMultiplier(factor)->Range(low, high);
}

void gbench_iterations(gbench *b, int64_t iterations)
{
    benchmark_of(b)->Iterations(iterations);
}

void gbench_manual_time(gbench *b)
{
    benchmark_of(b)->UseManualTime();
}

bool gbench_loop(gbench_state *s)
{
    return state_of(s)->KeepRunning();
}

int64_t gbench_range_value(const gbench_state *s, int which)
{
    return reinterpret_cast<const benchmark::State *>(s)->range(static_cast<size_t>(which));
}

void gbench_set_time(gbench_state *s, double seconds)
{
    state_of(s)->SetIterationTime(seconds);
}

void gbench_counter(gbench_state *s, const char *name, double value)
{
    if (std::isfinite(value))
        state_of(s)->counters[name] = value;
}

void gbench_rate(gbench_state *s, const char *name, double per_iteration)
{
    state_of(s)->counters[name] =
        benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

void gbench_label(gbench_state *s, const char *text)
{
    state_of(s)->SetLabel(text);
}

void gbench_skip(gbench_state *s, const char *reason)
{
    state_of(s)->SkipWithError(reason);
}

void gbench_context(const char *key, const char *value)
{
    auto *&context = benchmark::internal::GetGlobalContext();

    if (context)
        context->erase(key);        /* the library takes a key once only */
    benchmark::AddCustomContext(key, value);
}

void gbench_keep(const void *pointer)
{
    benchmark::DoNotOptimize(pointer);
    benchmark::ClobberMemory();
}

bool gbench_selects(const char *name)
{
    return !own.filtered || std::regex_search(name, own.filter) != own.excludes;
}

void gbench_quiet(void)
{
    own.quiet = true;
}

bool gbench_is_quiet(void)
{
    return own.quiet && own.format == "console";
}

bool gbench_lists(void)
{
    return own.lists;
}

const char *gbench_out(const char *fallback)
{
    if (own.out.empty() && fallback)
        own.out = fallback;
    return own.out.empty() ? nullptr : own.out.c_str();
}

size_t gbench_run(void)
{
    splitter reports;
    std::ostringstream names;

    own.failure.clear();
    if (own.lists) {
        reports.SetOutputStream(&names);
    } else {
        if (!open_file(&reports))
            return 0;
        if (!gbench_is_quiet()) {
            reports.shown = make_reporter(own.format);
            reports.shown->SetOutputStream(&std::cout);
            reports.shown->SetErrorStream(&std::cerr);
        }
    }
    const size_t count = benchmark::RunSpecifiedBenchmarks(&reports);
    close_file(&reports, count > 0);
    if (own.lists)
        std::cout << std::regex_replace(names.str(), std::regex(std::string(suffix) + "\n"), "\n")
                  << std::flush;
    return count;
}

const char *gbench_failure(void)
{
    return own.failure.empty() ? nullptr : own.failure.c_str();
}

void gbench_shutdown(void)
{
    benchmark::Shutdown();
}
