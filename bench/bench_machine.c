/* bench_machine.c: what figures were measured on.
 *
 * Source: /proc/cpuinfo, /sys/devices/system/cpu, sched_getaffinity(2), getloadavg(3), uname(2).
 * The Makefile hands in compiler flags and commit. */
#define _GNU_SOURCE                     /* sched_getaffinity */
#include "bench/bench_machine.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/ceiling.h"
#include "bench/gbench.h"
#include "kernels/core/cpu.h"

#ifndef CONVLAB_CFLAGS
#define CONVLAB_CFLAGS "unknown"
#endif
#ifndef CONVLAB_COMMIT
#define CONVLAB_COMMIT ""
#endif

static void append(char *text, size_t size, const char *more)
{
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", more);
}

/* The first value of a field of /proc/cpuinfo; "" if there is none. */
static void cpu_field(const char *name, char *value, size_t size)
{
    FILE *const file = fopen("/proc/cpuinfo", "r");
    const size_t length = strlen(name);
    char line[512];

    *value = '\0';
    while (file && !*value && fgets(line, sizeof line, file)) {
        const char *from = strchr(line, ':');
        if (!from || strncmp(line, name, length) != 0 ||
            !(isspace((unsigned char)line[length]) || line[length] == ':'))
            continue;
        for (from++; isspace((unsigned char)*from); from++)
            ;
        snprintf(value, size, "%.*s", (int)strcspn(from, "\n"), from);
    }
    if (file)
        fclose(file);
}

static void look_at_cpu(machine_facts *m)
{
    char name[80], family[8], model[8], stepping[8];

    cpu_field("model name", name, sizeof name);
    cpu_field("cpu family", family, sizeof family);
    cpu_field("model", model, sizeof model);
    cpu_field("stepping", stepping, sizeof stepping);
    if (*family)
        snprintf(m->cpu, sizeof m->cpu, "%s, family %s model %s stepping %s", name, family, model,
                 stepping);
    else
        snprintf(m->cpu, sizeof m->cpu, "%s", *name ? name : "unknown");
}

static void look_at_caches(machine_facts *m)
{
    static const char *const names[] = { "L1d", "L2", "L3" };
    size_t bytes[4] = { 0 };

    ceiling_caches(bytes);
    for (int i = 0; i < 3; i++) {
        char text[48];
        snprintf(text, sizeof text, "%s%s %zu KiB", *m->caches ? ", " : "", names[i],
                 bytes[i] / 1024);
        if (bytes[i] > 0)
            append(m->caches, sizeof m->caches, text);
    }
    if (!*m->caches)
        snprintf(m->caches, sizeof m->caches, "unknown");
}

/* "0-1,4": the processors of a set. */
static void list_set(const cpu_set_t *set, char *text, size_t size)
{
    *text = '\0';
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        char part[48];
        size_t last = i;
        if (!CPU_ISSET(i, set))
            continue;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
            last++;
        if (last > i)
            snprintf(part, sizeof part, "%s%zu-%zu", *text ? "," : "", i, last);
        else
            snprintf(part, sizeof part, "%s%zu", *text ? "," : "", i);
        append(text, size, part);
        i = last;
    }
}

static void look_at_affinity(machine_facts *m)
{
    const char *const bind = getenv("OMP_PROC_BIND"), *const places = getenv("OMP_PLACES");
    char own[64];
    cpu_set_t set;

    m->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    snprintf(own, sizeof own, "unknown");
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        m->cores = CPU_COUNT(&set);
        list_set(&set, own, sizeof own);
    }
    snprintf(m->affinity, sizeof m->affinity,
             "processors %s of %ld; OMP_PROC_BIND=%.16s OMP_PLACES=%.16s", own,
             sysconf(_SC_NPROCESSORS_ONLN), bind ? bind : "(unset)", places ? places : "(unset)");
}

static void look_at_governor(machine_facts *m)
{
    FILE *const file = fopen("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "r");

    snprintf(m->governor, sizeof m->governor, "unknown");
    if (!file)
        return;
    if (!fgets(m->governor, sizeof m->governor, file))
        snprintf(m->governor, sizeof m->governor, "unknown");
    m->governor[strcspn(m->governor, "\n")] = '\0';
    fclose(file);
}

void machine_look(machine_facts *m, int threads, const char *gpu)
{
    double load;

    *m = (machine_facts){ .load = "unknown" };
    look_at_cpu(m);
    look_at_caches(m);
    look_at_affinity(m);
    look_at_governor(m);
    if (getloadavg(&load, 1) == 1)
        snprintf(m->load, sizeof m->load, "%.2f", load);
    snprintf(m->machine, sizeof m->machine, "%s; %d cores; %d threads; %s%s%s", m->cpu, m->cores,
             threads, isa_name(cpu_isa()), gpu ? "; " : "", gpu ? gpu : "");
}

void machine_report(const machine_facts *m, int threads, int argc, char **argv)
{
    char number[16], command[1000] = "", system[300] = "unknown";
    struct utsname name;

    for (int i = 0; i < argc; i++) {
        append(command, sizeof command, i ? " " : "");
        append(command, sizeof command, argv[i]);
    }
    snprintf(number, sizeof number, "%d", threads);
    if (uname(&name) == 0)
        snprintf(system, sizeof system, "%s %s %s", name.sysname, name.release, name.machine);
    gbench_context("machine", m->machine);
    gbench_context("cpu", m->cpu);
    gbench_context("cpu_caches", m->caches);
    gbench_context("isa", isa_name(cpu_isa()));
    gbench_context("isa_best", isa_name(cpu_isa_best()));
    gbench_context("threads", number);
    gbench_context("affinity", m->affinity);
    gbench_context("governor", m->governor);
    gbench_context("load_at_start", m->load);
    gbench_context("kernel", system);
    gbench_context("compiler", "gcc " __VERSION__);
    gbench_context("flags", CONVLAB_CFLAGS);
    gbench_context("commit", *CONVLAB_COMMIT ? CONVLAB_COMMIT : "unknown");
    gbench_context("convlab_version", CONVLAB_VERSION);
    gbench_context("command", command);
}
