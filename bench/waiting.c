/* waiting.c: how long this process's threads have waited for a processor.
 *
 * Source: Linux, Documentation/scheduler/sched-stats.rst: /proc/PID/task/TID/schedstat holds time
 * on a processor, time waiting for one (both in ns), and the number of turns. */
#include "bench/waiting.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_THREADS = 1024 };

static int files[MAX_THREADS];
static int file_count;

void waiting_close(void)
{
    while (file_count > 0)
        close(files[--file_count]);
}

void waiting_look(void)
{
    DIR *const folder = opendir("/proc/self/task");

    waiting_close();
    for (const struct dirent *d; folder && (d = readdir(folder)) && file_count < MAX_THREADS;) {
        char path[300];
        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", d->d_name);
        files[file_count] = open(path, O_RDONLY | O_CLOEXEC);
        if (files[file_count] >= 0)
            file_count++;
    }
    if (folder)
        closedir(folder);
}

double waiting_seconds(void)
{
    double sum = 0.0;

    for (int i = 0; i < file_count; i++) {
        char text[80];
        unsigned long long waited;
        const ssize_t length = pread(files[i], text, sizeof text - 1, 0);
        if (length <= 0)
            continue;                           /* the thread has ended */
        text[length] = '\0';
        if (sscanf(text, "%*u %llu", &waited) == 1)
            sum += 1e-9 * (double)waited;
    }
    return sum;
}
