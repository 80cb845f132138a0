/* remote.c: the concept that runs rows elsewhere.
 *
 * To the checking engine a fault looks like a refused shape, so that it shrinks a crash like any
 * other failure; once there was one, only another one counts, so that a crash is not shrunk to a
 * shape where the result is merely wrong. */
#define _GNU_SOURCE             /* memfd_create, F_SEAL_FUTURE_WRITE, dladdr */
#include "grade/remote_parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static remote *all_open;
static const check_concept *inner;
static remote *current;
static check_concept outer;

/* Seconds while a loop is shrunk; share of the usual time for what comes after one. */
static const double after_a_loop = 0.1, less = 0.1;

/* ---- The concept ---- */

static remote *remote_of(const void *row)
{
    remote *r = all_open;

    while (r && (const void *)&r->row != row)
        r = r->next;
    return r;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    remote *const r = remote_of(variant);

    if (!r)
        return inner->run(p, variant, pass, workspace);
    r->problem = p;
    r->pass = pass;
    r->seconds = r->cpu_seconds = 0.0;
    const bool before = r->last.fault != REMOTE_FINE;
    const status returned = inner->run(p, variant, pass, workspace);
    const bool failed = r->failed;
    r->failed = false;
    r->problem = NULL;
    if (r->last.fault == REMOTE_LATE && r->call_seconds > after_a_loop)
        r->call_seconds = after_a_loop;
    return failed ? STATUS_DEVICE : before ? STATUS_UNSUPPORTED : returned;
}

static size_t workspace_bytes(const check_problem *p, const void *variant)
{
    remote *const r = remote_of(variant);

    if (!r)
        return inner->workspace_bytes(p, variant);
    r->failed = false;
    r->workspace_bytes = inner->workspace_bytes(p, variant);
    return r->workspace_bytes;
}

/* No more shapes once the time for all calls is used up: shrinking ends there. */
static status describe(check_problem *p)
{
    if (current && remote_time_left(current) <= 0.0) {
        if (current->last.fault == REMOTE_FINE)
            current->last = (remote_state){ .fault = REMOTE_LATE,
                                            .seconds = current->call_seconds };
        return STATUS_SHAPE;
    }
    return inner->describe(p);
}

const check_concept *remote_concept(remote *r, const check_concept *c)
{
    current = r;
    inner = c;
    outer = *c;
    outer.run = run;
    outer.describe = describe;
    if (c->workspace_bytes)
        outer.workspace_bytes = workspace_bytes;
    check_guard_pages(CHECK_PAGES_NONE);        /* the engine's guards travel with the tensors */
    return &outer;
}

const student_row *remote_row(const remote *r)
{
    return &r->row;
}

const remote_state *remote_last(const remote *r)
{
    return &r->last;
}

void remote_forget(remote *r)
{
    r->last = (remote_state){ .fault = REMOTE_FINE };
    r->failed = false;
    r->call_seconds = r->options.call_seconds * (r->looped ? less : 1.0);
}

double remote_seconds(const remote *r)
{
    return r->seconds;
}

double remote_cpu_seconds(const remote *r)
{
    return r->cpu_seconds;
}

int remote_starts(const remote *r)
{
    return r->starts;
}

/* ---- Opening ---- */

/* A file of fixed size that we can write to; with `read_only`, nobody else can from now on. */
static bool make_file(remote *r, int number, bool read_only)
{
    int *const descriptor = number == WORKER_FILE_INPUTS ? &r->inputs : &r->outputs;
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
                      (read_only ? F_SEAL_FUTURE_WRITE : 0);

    *descriptor = memfd_create("convlab", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*descriptor < 0 || ftruncate(*descriptor, WORKER_FILE_BYTES) != 0)
        return false;
    void *const memory = mmap(NULL, WORKER_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                              *descriptor, 0);
    if (memory == MAP_FAILED)
        return false;
    r->file[number] = memory;
    return fcntl(*descriptor, F_ADD_SEALS, seals) == 0;
}

static bool make_stub(ffi_closure **closure, ffi_cif *cif, unsigned count, ffi_type **types,
                      ffi_type *result, void (*handler)(ffi_cif *, void *, void **, void *),
                      void *user, void **function)
{
    *closure = ffi_closure_alloc(sizeof **closure, function);
    return *closure && ffi_prep_cif(cif, FFI_DEFAULT_ABI, count, result, types) == FFI_OK &&
           ffi_prep_closure_loc(*closure, cif, handler, user, *function) == FFI_OK;
}

static bool make_stubs(remote *r, void **call, void **space)
{
    const char *const signature = r->options.contract->pass[r->options.pass].signature;
    const unsigned count = (unsigned)strlen(signature);

    for (unsigned i = 0; i < count; i++)
        r->call_types[i] = signature[i] == 'i' ? &ffi_type_sint64 : &ffi_type_pointer;
    r->space_types[0] = &ffi_type_pointer;
    return make_stub(&r->call_closure, &r->call_cif, count, r->call_types, &ffi_type_void,
                     remote_handle_call, r, call) &&
           make_stub(&r->space_closure, &r->space_cif, 1, r->space_types, &ffi_type_uint64,
                     remote_handle_space, r, space);
}

/* `object` is a path, or of our own rows what to serve. Elsewhere there is another folder to start
 * from. */
static void find_paths(remote *r)
{
    r->worker_path = realpath(r->options.worker, NULL);
    if (r->worker_path)
        r->object_path = r->own ? strdup(r->options.object) : realpath(r->options.object, NULL);
    if (!r->object_path)
        remote_note_ours(r, REMOTE_NO_WORKER, "%s: %s",
                         r->worker_path ? r->options.object : r->options.worker, strerror(errno));
}

static remote *open_any(const remote_options *o, bool own)
{
    remote *const r = calloc(1, sizeof *r);
    void *call = NULL, *space = NULL;

    if (!r)
        return NULL;
    r->options = *o;
    r->own = own;
    r->inputs = r->outputs = r->socket = -1;
    r->call_seconds = o->call_seconds;
    r->next = all_open;
    all_open = r;
    if (!make_stubs(r, &call, &space)) {
        (void)remote_close(r, NULL, NULL);
        return NULL;
    }
    student_row_make(&r->row, o->contract, o->pass, SPACE_HOST, call, o->workspace ? space : NULL);
    if (!make_file(r, WORKER_FILE_INPUTS, true) || !make_file(r, WORKER_FILE_OUTPUTS, false))
        remote_note_ours(r, REMOTE_NO_WORKER, "shared memory: %s", strerror(errno));
    else
        find_paths(r);
    return r;
}

/* The worker of a remote that is just open; what fails shows in remote_last(). */
static remote *start_first(remote *r)
{
    if (!r)
        return NULL;
    if (r->last.fault == REMOTE_FINE && remote_have_worker(r))
        remote_rest(r);
    r->failed = false;
    return r;
}

remote *remote_open(const remote_options *o)
{
    return start_first(open_any(o, false));
}

bool remote_close(remote *r, char **said, file_error *error)
{
    if (said)
        *said = NULL;
    if (!r)
        return true;
    remote_end_worker(r);
    for (remote **at = &all_open; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            break;
        }
    if (current == r)
        current = NULL;
    for (int i = 0; i < 2; i++)
        if (r->file[i])
            munmap(r->file[i], WORKER_FILE_BYTES);
    if (r->inputs >= 0)
        close(r->inputs);
    if (r->outputs >= 0)
        close(r->outputs);
    if (r->call_closure)
        ffi_closure_free(r->call_closure);
    if (r->space_closure)
        ffi_closure_free(r->space_closure);
    if (said)
        *said = r->said;
    else
        free(r->said);
    const bool clean = !*r->left.text;
    if (!clean && error)
        *error = r->left;
    free(r->worker_path);
    free(r->object_path);
    free(r);
    return clean;
}

/* ---- The suite's own rows ---- */

static const void *row_of(const check_concept *c, const char *name)
{
    for (size_t i = 0; i < *c->variant_count; i++)
        if (strcmp(check_variant_info(check_variant_row(c, i))->name, name) == 0)
            return check_variant_row(c, i);
    return NULL;
}

/* The whole row, so that it supports what it supports, with this pass elsewhere and no other. */
static void borrow_row(remote *r, const void *row)
{
    const student_contract *const contract = r->options.contract;
    const size_t at = contract->pass[r->options.pass].offset;
    student_row stub = r->row;

    memcpy(r->row.bytes, row, contract->concept->variant_bytes);
    for (int i = 0; i < contract->concept->pass_count; i++)
        if (contract->pass[i].field)
            memset(r->row.bytes + contract->pass[i].offset, 0, sizeof(void *));
    memcpy(r->row.bytes + at, stub.bytes + at, sizeof(void *));
}

remote *remote_open_own(const char *self, const student_contract *contract, int pass,
                        const char *variant, int cpus, double call_seconds)
{
    const void *const row = row_of(contract->concept, variant);
    remote_options o = { .tier = JAIL_NONE, .worker = self, .contract = contract, .pass = pass,
                         .cpus = cpus, .call_seconds = call_seconds, .in_all_seconds = 1e6 };
    Dl_info here = { 0 }, there = { 0 };
    char *what = NULL, *demo = NULL;

    /* A contract of a lesson's own lies in its demo.so, which the other side has to load too. */
    if (dladdr(student_contracts, &here) && dladdr(contract, &there) &&
        here.dli_fbase != there.dli_fbase)
        demo = realpath(there.dli_fname, NULL);
    const bool good = row && asprintf(&what, "%s/%s/%d%s%s", contract->concept->name, variant, pass,
                                      demo ? "@" : "", demo ? demo : "") > 0;
    free(demo);
    if (!good)
        return NULL;
    o.object = what;
    remote *const r = open_any(&o, true);
    free(what);
    if (!r)
        return NULL;
    r->options.object = r->object_path;
    borrow_row(r, row);
    return start_first(r);
}
