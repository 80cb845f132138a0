/* ceiling_caches.c: data caches and processors, as Linux tells them.
 *
 * An L3 may be one for all cores or one for each group of them; what counts is the sum of those
 * that the processors which this process may run on belong to. */
#define _GNU_SOURCE                             /* sched_getaffinity */
#include "bench/ceiling_kernels.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_INDEX = 8, LINE_BYTES = 256 };

/* The first line of a file of cache number `index` of a processor; "" if there is none. */
static void read_line(int cpu, int index, const char *file, char line[LINE_BYTES])
{
    char path[LINE_BYTES];

    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cache/index%d/%s", cpu, index, file);
    FILE *const f = fopen(path, "r");
    if (!f || !fgets(line, LINE_BYTES, f))
        line[0] = '\0';
    if (f)
        fclose(f);
}

/* "2048K" in bytes. */
static size_t size_of(int cpu, int index)
{
    char line[LINE_BYTES];
    unsigned long number;
    char unit = ' ';

    read_line(cpu, index, "size", line);
    if (sscanf(line, "%lu%c", &number, &unit) < 1)
        return 0;
    return number << (unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0);
}

static bool allowed(int cpu, const cpu_set_t *mask)
{
    return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET((size_t)cpu, mask);
}

/* Whether `cpu` is the first of those that may be used (`mask`) among those that share the cache,
 * which are listed as "0-3,8-11". */
static bool counts_it(int cpu, int index, const cpu_set_t *mask)
{
    char line[LINE_BYTES];

    read_line(cpu, index, "shared_cpu_list", line);
    for (char *at = line, *part; (part = strtok_r(at, ",\n", &at)); ) {
        int first, last;
        const int numbers = sscanf(part, "%d-%d", &first, &last);
        if (numbers < 1)
            break;
        for (int other = first; other <= (numbers > 1 ? last : first) && other < cpu; other++)
            if (allowed(other, mask))
                return false;
    }
    return true;
}

static void add_caches(int cpu, const cpu_set_t *mask, size_t cache_bytes[4])
{
    char line[LINE_BYTES];

    for (int index = 0; index < MAX_INDEX; index++) {
        int level = 0;

        read_line(cpu, index, "type", line);
        if (strncmp(line, "Data", 4) != 0 && strncmp(line, "Unified", 7) != 0)
            continue;
        read_line(cpu, index, "level", line);
        if (sscanf(line, "%d", &level) < 1 || level < 1 || level > 3)
            continue;
        if (level < 3)                          /* of one core */
            cache_bytes[level - 1] = size_of(cpu, index);
        else if (counts_it(cpu, index, mask))
            cache_bytes[2] += size_of(cpu, index);
    }
}

void ceiling_caches(size_t cache_bytes[4])
{
    static const int names[] = { _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                                 _SC_LEVEL3_CACHE_SIZE };
    cpu_set_t mask;

    memset(cache_bytes, 0, 4 * sizeof *cache_bytes);
    if (sched_getaffinity(0, sizeof mask, &mask) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (allowed(cpu, &mask))
                add_caches(cpu, &mask, cache_bytes);
    for (int i = 0; i < 3; i++) {               /* where /sys does not say, the C library may */
        const long bytes = cache_bytes[i] ? 0 : sysconf(names[i]);
        if (bytes > 0)
            cache_bytes[i] = (size_t)bytes;
    }
}

int ceiling_processors(int *cpu, int room)
{
    cpu_set_t mask;
    int count = 0;

    if (sched_getaffinity(0, sizeof mask, &mask) != 0)
        return 0;
    for (int second = 0; second < 2; second++)
        for (int i = 0; i < CPU_SETSIZE && count < room; i++)
            if (allowed(i, &mask) && counts_it(i, 0, &mask) == !second)
                cpu[count++] = i;
    return count;
}
