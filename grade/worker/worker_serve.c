/* worker_serve.c: the loop that answers the grader.
 *
 * Idea: nothing here is trusted by the other side, since the student's code shares this memory and
 *       can do all that is done here. What keeps it honest is what it cannot do: write to the
 *       inputs, know a ticket or an input before its time, or reach the grader's memory.
 * Layout: each region between two walls of pages that nobody may touch. */
#define _GNU_SOURCE
#include "grade/worker/worker_serve.h"

#include <errno.h>
#include <ffi.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WALL_BYTES = 1 << 20 };

static struct {
    worker_plan plan;
    unsigned char *area;                        /* holds all regions and walls */
    size_t area_bytes;
    unsigned char *home[WORKER_MAX_REGIONS];    /* data of each region, here */
    void *address[WORKER_MAX_REGIONS];          /* what the function gets: here or on the device */
    const void *array[WORKER_MAX_REGIONS];      /* of the plan's WORKER_ARRAY */
    ffi_cif cif;
    ffi_type *types[WORKER_MAX_ARGUMENTS];
    ffi_arg value[WORKER_MAX_ARGUMENTS];
    void *values[WORKER_MAX_ARGUMENTS];
} held;

/* ---- Talking ---- */

static void answer(uint64_t ticket, worker_say say, uint64_t value, const char *text)
{
    worker_answer a = { .say = say, .ticket = ticket, .value = value };

    snprintf(a.text, sizeof a.text, "%s", text ? text : "");
    while (send(WORKER_SOCKET, &a, sizeof a, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            _exit(WORKER_EXIT_SOCKET);
}

void worker_tell(worker_say say, const char *text)
{
    answer(0, say, 0, text);
}

/* ---- Tensors ---- */

static bool has_device(void)
{
    return &worker_device_here != NULL;
}

static bool map_region(const worker_region *r, unsigned char *at)
{
    const bool inputs = r->file == WORKER_FILE_INPUTS;

    return mmap(at, r->pages_bytes, inputs ? PROT_READ : PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_FIXED | MAP_POPULATE, inputs ? WORKER_INPUTS : WORKER_OUTPUTS,
                (off_t)r->start) != MAP_FAILED;
}

static bool map_all(void)
{
    size_t bytes = WALL_BYTES;

    if (held.area)
        munmap(held.area, held.area_bytes);
    held.area = NULL;
    for (uint64_t i = 0; i < held.plan.region_count; i++)
        bytes += held.plan.region[i].pages_bytes + WALL_BYTES;
    void *const area = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                            -1, 0);
    if (area == MAP_FAILED)
        return false;
    held.area = area;
    held.area_bytes = bytes;
    unsigned char *at = held.area + WALL_BYTES;
    for (uint64_t i = 0; i < held.plan.region_count; i++) {
        const worker_region *const r = &held.plan.region[i];
        if (!map_region(r, at))
            return false;
        held.home[i] = at + (r->data - r->start);
        held.address[i] = held.home[i];
        at += r->pages_bytes + WALL_BYTES;
    }
    return !has_device() || worker_device_here.prepare(&held.plan, held.address);
}

static void set_argument(uint64_t i, uint64_t *arrays)
{
    const worker_argument *const a = &held.plan.argument[i];

    held.types[i] = a->kind == WORKER_INTEGER ? &ffi_type_sint64 : &ffi_type_pointer;
    held.values[i] = &held.value[i];
    switch ((worker_argument_kind)a->kind) {
    case WORKER_REGION: held.value[i] = (ffi_arg)held.address[a->value]; break;
    case WORKER_INTEGER: held.value[i] = (ffi_arg)a->value; break;
    case WORKER_ARRAY:
        held.value[i] = (ffi_arg)&held.array[*arrays];
        for (int64_t k = 0; k < a->count; k++)
            held.array[(*arrays)++] = held.address[a->value + k];
        break;
    case WORKER_NULL: held.value[i] = 0; break;
    }
}

static bool prepare(void)
{
    uint64_t arrays = 0;

    if (!map_all())
        return false;
    for (uint64_t i = 0; i < held.plan.argument_count; i++)
        set_argument(i, &arrays);
    return ffi_prep_cif(&held.cif, FFI_DEFAULT_ABI, (unsigned)held.plan.argument_count,
                        &ffi_type_void, held.types) == FFI_OK;
}

/* ---- Questions ---- */

static void call_here(const worker_question *q, void *function)
{
    omp_set_num_threads((int)q->threads);
    ffi_call(&held.cif, FFI_FN(function), NULL, held.values);
    answer(q->ticket, WORKER_DONE, 0, NULL);
}

static void call_there(const worker_question *q, void *function)
{
    char text[WORKER_TEXT_BYTES];

    worker_device_here.order(q->threads);
    bool good = worker_device_here.upload(&held.plan, held.home, held.address);
    if (good) {
        ffi_call(&held.cif, FFI_FN(function), NULL, held.values);
        good = worker_device_here.download(&held.plan, held.home, held.address);
    }
    if (!good)
        worker_device_here.explain(text);
    answer(q->ticket, good ? WORKER_DONE : WORKER_FINDING, 0, good ? NULL : text);
}

static uint64_t ask_space(worker_question *q, void *workspace)
{
    ffi_type *types[] = { &ffi_type_pointer };
    void *shape = q->shape, *values[] = { &shape };
    ffi_arg bytes = 0;
    ffi_cif cif;

    if (!workspace ||
        ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_uint64, types) != FFI_OK)
        return 0;
    omp_set_num_threads((int)q->threads);
    ffi_call(&cif, FFI_FN(workspace), &bytes, values);
    return bytes;
}

/* The profile goes where the outputs were; nobody needs them any more. */
static void send_profile(uint64_t ticket)
{
    size_t bytes = 0;
    void *const to = has_device() ? mmap(NULL, WORKER_PROFILE_BYTES, PROT_READ | PROT_WRITE,
                                         MAP_SHARED, WORKER_OUTPUTS, 0)
                                  : MAP_FAILED;

    if (to != MAP_FAILED) {
        bytes = worker_device_here.profile(to, WORKER_PROFILE_BYTES);
        munmap(to, WORKER_PROFILE_BYTES);
    }
    answer(ticket, WORKER_PROFILE, bytes, NULL);
}

static void serve(worker_question *q, void *function, void *workspace)
{
    switch ((worker_ask)q->ask) {
    case WORKER_ASK_SPACE:
        answer(q->ticket, WORKER_SPACE, ask_space(q, workspace), NULL);
        break;
    case WORKER_ASK_PREPARE:
        held.plan = q->plan;
        answer(q->ticket, prepare() ? WORKER_PREPARED : WORKER_NOT_PREPARED, 0, strerror(errno));
        break;
    case WORKER_ASK_CALL:
        (has_device() ? call_there : call_here)(q, function);
        break;
    case WORKER_ASK_PROFILE:
        send_profile(q->ticket);
        break;
    }
}

_Noreturn void worker_serve(void *function, void *workspace)
{
    static worker_question q;

    for (;;) {
        const ssize_t size = recv(WORKER_SOCKET, &q, sizeof q, 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            _exit(size == 0 ? 0 : WORKER_EXIT_SOCKET);
        serve(&q, function, workspace);
    }
}
