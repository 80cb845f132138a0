/* session_progress.c: what is done and how long the rest will take, on a terminal or in a log. */
#include "grade/session_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_BYTES = 32 };

double session_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "1:05:09 left"; "" before anything has been graded. */
static void time_left(const session_progress *p, char text[TIME_BYTES])
{
    const int timed = p->done - p->kept;
    const double each = timed > 0 ? (session_clock() - p->began) / timed : 0.0;
    const long left = (long)(each * (p->count - p->done) + 0.5);

    text[0] = '\0';
    if (timed > 0 && left >= 3600)
        snprintf(text, TIME_BYTES, "%ld:%02ld:%02ld left", left / 3600, left / 60 % 60, left % 60);
    else if (timed > 0)
        snprintf(text, TIME_BYTES, "%ld:%02ld left", left / 60, left % 60);
}

void session_progress_begin(session_progress *p, FILE *to, int count)
{
    const char *const term = getenv("TERM"), *const plain = getenv("NO_COLOR");

    *p = (session_progress){ .to = to, .count = count, .began = session_clock() };
    /* NO_COLOR asks for no escape sequences; the bar needs one to clear its line. */
    p->bar = isatty(fileno(to)) && !(term && strcmp(term, "dumb") == 0) && !(plain && *plain);
    session_progress_tick(p);
}

void session_progress_tick(const session_progress *p)
{
    enum { CELLS = 24 };
    char left[TIME_BYTES], cells[CELLS + 1];

    if (!p->bar || p->count == 0)
        return;
    time_left(p, left);
    for (int i = 0; i < CELLS; i++)
        cells[i] = i * p->count < CELLS * p->done ? '#' : '.';
    cells[CELLS] = '\0';
    fprintf(p->to, "\r[%s] %3d %%  %d/%d  %s\033[K", cells, 100 * p->done / p->count, p->done,
            p->count, left);
    fflush(p->to);
}

void session_progress_add(session_progress *p, const char *id, const char *what,
                          progress_news news)
{
    char left[TIME_BYTES];

    p->done++;
    p->kept += news == PROGRESS_KEPT;
    time_left(p, left);
    if (p->bar && news == PROGRESS_TROUBLE)
        fprintf(p->to, "\r\033[K%s: %s\n", id, what);
    if (!p->bar)
        fprintf(p->to, "[%d/%d, %d %%] %s: %s%s%s\n", p->done, p->count, 100 * p->done / p->count,
                id, what, *left ? "; " : "", left);
    session_progress_tick(p);
}

void session_progress_end(const session_progress *p)
{
    if (p->bar)
        fputs("\r\033[K", p->to);
    fflush(p->to);
}
