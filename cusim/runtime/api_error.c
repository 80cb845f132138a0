/* api_error.c: errors of the API: names, the last one, those that nobody reads.
 *
 * As in CUDA every call that fails leaves its error for cudaGetLastError, and after a kernel has
 * crashed every call fails (the sticky error) until cudaDeviceReset. An error is unread if it came
 * from a <<<launch>>> or from a call whose result was thrown away, and has not been returned by
 * another call since. */
#include <stdbool.h>

#include "cusim/runtime/machine.h"

typedef struct {
    cudaError_t number;
    const char *name, *text;
} error_row;

#define ROW(name, number, text) { name, #name, text },
static const error_row rows[] = { CUSIM_ERRORS(ROW) };
#undef ROW

cudaError_t cusim_sticky;

typedef struct {
    cudaError_t error;                          /* 0: everything has been read */
    const char *cause, *file;
    int line;
    bool knows_sticky;                          /* the program has been told of the crash */
} unread_error;

static _Thread_local cudaError_t last;
static unread_error unread, before_call;        /* now; before the call that just returned */

static const error_row *row_of(cudaError_t error)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == error)
            return &rows[i];
    return NULL;
}

const char *cudaGetErrorName(cudaError_t error)
{
    const error_row *const row = row_of(error);

    return row ? row->name : "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t error)
{
    const error_row *const row = row_of(error);

    return row ? row->text : "unrecognized error code";
}

/* The program gets this error: if it is the unread one, somebody has seen it now. */
static void told(cudaError_t error)
{
    before_call = unread;
    if (error == cudaSuccess)
        return;
    if (error == unread.error)
        unread.error = cudaSuccess;
    if (error == cusim_sticky)
        unread.knows_sticky = true;
}

static void mark_unread(cudaError_t error, const char *cause, const char *file, int line)
{
    if (unread.error != cudaSuccess || (error == cusim_sticky && unread.knows_sticky))
        return;
    unread.error = error;
    unread.cause = cause;
    unread.file = file;
    unread.line = line;
}

cudaError_t cusim_done(cudaError_t error)
{
    if (cusim_sticky != cudaSuccess)
        error = cusim_sticky;
    if (error != cudaSuccess)
        last = error;
    told(error);
    return error;
}

cudaError_t cusim_launch_failed(cudaError_t error, const cusim_launch_site *site)
{
    last = error;
    mark_unread(error, site->kernel, site->file, site->line);
    return error;
}

void cusim_ignored(int error, const char *call, const char *file, int line)
{
    if (error == cudaSuccess)
        return;
    unread = before_call;                       /* nobody was told after all */
    mark_unread((cudaError_t)error, call, file, line);
}

int cusim_unread_error(const char **cause, const char **file, int *line)
{
    *cause = unread.cause;
    *file = unread.file;
    *line = unread.line;
    return (int)unread.error;
}

void cusim_errors_reset(void)
{
    cusim_sticky = last = cudaSuccess;
    unread = before_call = (unread_error){ .error = cudaSuccess };
}

cudaError_t cudaGetLastError(void)
{
    const cudaError_t error = cusim_sticky != cudaSuccess ? cusim_sticky : last;

    last = cudaSuccess;
    told(error);
    return error;
}

cudaError_t cudaPeekAtLastError(void)
{
    const cudaError_t error = cusim_sticky != cudaSuccess ? cusim_sticky : last;

    told(error);
    return error;
}
