/* remote_call.c: one call of a function that is elsewhere.
 *
 * Each tensor among the arguments gets a region of pages in the file of inputs, or in that of
 * outputs if the pass writes it. It lies against the forbidden page behind it or, in the other half
 * of the problems, against the one before it; never by turns within one problem, since the order of
 * a vectorised sum may hang on the alignment. On its free side the engine's guard goes with it. */
#include "grade/remote_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check_engine.h"
#include "kernels/core/rng.h"

enum { ALIGNMENT = 64 };

/* ---- Where everything lies ---- */

typedef enum { PLAIN, TENSOR, WORKSPACE } region_kind;

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static int too_large(remote *r)
{
    remote_note_ours(r, REMOTE_TOO_LARGE, "the problem is larger than the shared files");
    return -1;
}

/* Where in its pages a tensor lies, and how much beside it the engine is to see. */
static void place(worker_region *region, const void *home, bool device, bool first)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t offset = (uintptr_t)home % ALIGNMENT, bytes = region->bytes;

    region->before = device || !first ? WORKER_SLACK_BYTES : 0;
    region->after = device || first ? WORKER_SLACK_BYTES
                  : offset == 0 ? round_up(bytes, ALIGNMENT) - bytes : 0;
    const size_t lead = region->before + (device ? offset : 0);
    const size_t all = lead + bytes + region->after;
    region->pages_bytes = round_up(all ? all : 1, page);
    region->data = region->start +
                   (device || first ? lead : region->pages_bytes - bytes - region->after);
    region->on_device = device;
}

/* A region of its own for bytes of ours; returns its number, or -1 after noting why not. */
static int add_region(remote *r, void *home, size_t bytes, int file, region_kind kind)
{
    const int i = (int)r->plan.region_count;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    worker_region region = { .file = (uint64_t)file, .start = r->used[file], .bytes = bytes };

    if (i == WORKER_MAX_REGIONS || bytes > WORKER_FILE_BYTES)
        return too_large(r);
    if (kind == PLAIN) {
        region.pages_bytes = round_up(bytes, page);
        region.data = region.start + region.pages_bytes - bytes;
    } else {
        place(&region, home, r->options.device, r->problem->seed & 1);
    }
    r->used[file] += region.pages_bytes;
    if (r->used[file] > WORKER_FILE_BYTES)
        return too_large(r);
    r->plan.region[i] = region;
    r->piece[i] = (remote_piece){ home, file == WORKER_FILE_OUTPUTS && kind != WORKSPACE };
    r->plan.region_count++;
    return i;
}

static const check_pass *pass_of(const remote *r)
{
    return &r->options.contract->concept->pass[r->pass];
}

static const contract_pass *contract_of(const remote *r)
{
    return &r->options.contract->pass[r->options.pass];
}

static int region_of(const remote *r, const void *home)
{
    for (int i = 0; i < (int)r->plan.region_count; i++)
        if (r->piece[i].home == home)
            return i;
    return -1;
}

/* The tensor of the problem whose data this is. */
static int add_tensor(remote *r, void *data)
{
    const check_problem *const p = r->problem;

    if (region_of(r, data) >= 0)
        return region_of(r, data);
    for (int i = 0; i < p->tensor_count; i++) {
        const check_tensor *const t = &p->tensor[i];
        const bool written = check_names(pass_of(r)->writes, t->name);
        if (t->data == data)
            return add_region(r, data, (size_t)t->count * check_element_bytes(t->type),
                              written ? WORKER_FILE_OUTPUTS : WORKER_FILE_INPUTS, TENSOR);
    }
    remote_note_ours(r, REMOTE_NO_WORKER, "%s: an argument is no tensor of the problem",
                     contract_of(r)->field);
    return -1;
}

static bool add_array(remote *r, void *const *data, const char *names, worker_argument *a)
{
    int at = 0;

    *a = (worker_argument){ WORKER_ARRAY, (int64_t)r->plan.region_count, 0 };
    for (int i = 0; i < r->problem->tensor_count; i++)
        a->count += check_names(names, r->problem->tensor[i].name);
    while (at < a->count && add_tensor(r, data[at]) == a->value + at)
        at++;
    return at == a->count;
}

static bool add_argument(remote *r, char letter, const void *argument)
{
    worker_argument *const a = &r->plan.argument[r->plan.argument_count++];
    void *const pointer = letter == 'i' ? NULL : *(void *const *)argument;
    int region = -1;

    *a = (worker_argument){ WORKER_NULL, 0, 0 };
    if (letter == 'i') {
        *a = (worker_argument){ WORKER_INTEGER, *(const int64_t *)argument, 0 };
        return true;
    }
    if (!pointer)
        return true;
    switch (letter) {
    case 's':
        region = add_region(r, pointer, contract_of(r)->shape_bytes, WORKER_FILE_INPUTS, PLAIN);
        break;
    case 'r':
        region = add_region(r, pointer, sizeof(rng), WORKER_FILE_OUTPUTS, PLAIN);
        break;
    case 't': region = add_tensor(r, pointer); break;
    case 'w':
        region = add_region(r, pointer, r->workspace_bytes, WORKER_FILE_OUTPUTS, WORKSPACE);
        break;
    case 'R': return add_array(r, pointer, pass_of(r)->reads, a);
    default: return add_array(r, pointer, pass_of(r)->writes, a);
    }
    *a = (worker_argument){ WORKER_REGION, region, 0 };
    return region >= 0;
}

/* Memory behind the files before anything is written: without it a write would be a signal. */
static bool allocate(remote *r)
{
    const int files[] = { r->inputs, r->outputs };

    for (int i = 0; i < 2; i++) {
        if (r->used[i] <= r->allocated[i])
            continue;
        int failure;
        do
            failure = posix_fallocate(files[i], 0, (off_t)r->used[i]);
        while (failure == EINTR);
        if (failure) {
            remote_note_ours(r, REMOTE_NO_WORKER, "shared memory: %s", strerror(failure));
            return false;
        }
        r->allocated[i] = r->used[i];
    }
    return true;
}

/* Lays everything out; *changed: not as in the last call. */
static bool lay_out(remote *r, void **arguments, bool *changed)
{
    const char *const signature = contract_of(r)->signature;
    const worker_plan before = r->plan;

    memset(&r->plan, 0, sizeof r->plan);
    r->used[WORKER_FILE_INPUTS] = r->used[WORKER_FILE_OUTPUTS] = 0;
    for (int i = 0; signature[i]; i++)
        if (!add_argument(r, signature[i], arguments[i]))
            return false;
    *changed = memcmp(&before, &r->plan, sizeof before) != 0;
    return allocate(r);
}

/* ---- There and back ---- */

static void carry_there(const remote *r)
{
    for (uint64_t i = 0; i < r->plan.region_count; i++) {
        const worker_region *const region = &r->plan.region[i];
        memcpy(r->file[region->file] + region->data - region->before,
               r->piece[i].home - region->before, region->before + region->bytes + region->after);
    }
}

static void carry_back(const remote *r)
{
    for (uint64_t i = 0; i < r->plan.region_count; i++) {
        const worker_region *const region = &r->plan.region[i];
        const unsigned char *const data = r->file[region->file] + region->data;
        unsigned char *const home = r->piece[i].home;
        if (region->file == WORKER_FILE_INPUTS)
            continue;
        memcpy(home - region->before, data - region->before, region->before);
        memcpy(home + region->bytes, data + region->bytes, region->after);
        if (r->piece[i].comes_back)
            memcpy(home, data, region->bytes);
    }
}

/* ---- The stubs ---- */

static int threads_wanted(void)
{
    const int threads = omp_get_max_threads();
    return threads < WORKER_MAX_THREADS ? threads : WORKER_MAX_THREADS;
}

static bool told_finding(remote *r, const worker_answer *a)
{
    remote_state what = { .fault = REMOTE_DEVICE };

    if (a->say != WORKER_FINDING)
        return false;
    memcpy(what.finding, a->text, sizeof what.finding - 1);
    remote_note(r, what);
    r->prepared = false;                        /* the device was reset */
    if (r->options.gpu)
        remote_end_worker(r);
    return true;
}

static bool prepare(remote *r)
{
    worker_question q = { .ask = WORKER_ASK_PREPARE, .plan = r->plan };
    worker_answer a;

    if (r->prepared)
        return true;
    if (!remote_ask(r, &q, sizeof q, &a))
        return false;
    if (a.say != WORKER_PREPARED) {
        if (!told_finding(r, &a))
            remote_note(r, (remote_state){ .fault = REMOTE_MEMORY });
        return false;
    }
    r->prepared = true;
    return true;
}

/* Inputs arrive and outputs are taken while the worker stands still, so that nothing of it can work
 * on them outside the clock. One that has ended meanwhile is told by the next question. */
static void call(remote *r)
{
    worker_question q = { .ask = WORKER_ASK_CALL, .threads = (uint64_t)threads_wanted() };
    worker_answer a;

    if (!r->prepared) {
        remote_wake(r);
        if (!prepare(r))
            return;
    }
    remote_rest(r);
    if (!r->jail)
        return;
    carry_there(r);
    const double start = jail_clock(), cpu_start = remote_cpu(r);
    remote_wake(r);
    if (!remote_ask(r, &q, offsetof(worker_question, plan), &a) || told_finding(r, &a))
        return;
    remote_rest(r);
    r->seconds += jail_clock() - start;
    r->cpu_seconds += remote_cpu(r) - cpu_start;
    carry_back(r);
}

void remote_handle_call(ffi_cif *cif, void *nothing, void **arguments, void *user)
{
    remote *const r = user;
    bool changed;

    (void)cif, (void)nothing;
    if (r->failed || !lay_out(r, arguments, &changed))
        return;
    r->prepared = r->prepared && !changed;
    if (!remote_have_worker(r))
        return;
    call(r);
    remote_rest(r);
}

void remote_handle_space(ffi_cif *cif, void *result, void **arguments, void *user)
{
    remote *const r = user;
    worker_question q = { .ask = WORKER_ASK_SPACE, .threads = (uint64_t)threads_wanted() };
    worker_answer a;

    (void)cif;
    *(ffi_arg *)result = 0;
    memcpy(q.shape, *(void *const *)arguments[0], contract_of(r)->shape_bytes);
    if (r->failed || !remote_have_worker(r))
        return;
    remote_wake(r);
    const bool answered = remote_ask(r, &q, sizeof q, &a);
    remote_rest(r);
    if (!answered)
        return;
    if (a.value > WORKER_FILE_BYTES / 2) {
        remote_note(r, (remote_state){ .fault = REMOTE_WORKSPACE, .bytes = a.value });
        return;
    }
    *(ffi_arg *)result = (ffi_arg)a.value;
}

char *remote_profile(remote *r)
{
    worker_question q = { .ask = WORKER_ASK_PROFILE };
    worker_answer a;
    char *text = NULL;

    if (r->jail && r->allocated[WORKER_FILE_OUTPUTS] < WORKER_PROFILE_BYTES) {
        r->used[WORKER_FILE_OUTPUTS] = WORKER_PROFILE_BYTES;
        if (!allocate(r))
            return NULL;
    }
    remote_wake(r);
    if (r->jail && remote_ask(r, &q, offsetof(worker_question, plan), &a) &&
        a.say == WORKER_PROFILE && a.value > 0 && a.value < WORKER_PROFILE_BYTES) {
        text = malloc((size_t)a.value + 1);
        if (text) {
            memcpy(text, r->file[WORKER_FILE_OUTPUTS], (size_t)a.value);
            text[a.value] = '\0';
        } else {
            remote_note_ours(r, REMOTE_NO_WORKER, "no memory for the profile");
        }
    }
    remote_rest(r);
    r->failed = false;
    return text;
}
