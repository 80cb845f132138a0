/* peer.c: the table of all peers, the libraries that are absent, and peers as variants. */
#include "bench/peer.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "bench/peers/host_peers.h"
#include "kernels/core/launch_status.h"

enum { MOST_PEERS = 64 };

/* The libraries' tables one after the other, gathered when the program starts: the checking engine
 * wants one table, and which rows there are on a device is known only to the linker. */
static peer table[MOST_PEERS + 1];
static size_t peer_count;

const peer *const peers = table;

__attribute__((constructor)) static void gather(void)
{
    const peer *const tables[] = {
#ifdef PEER_OPENBLAS
        openblas_peers,
#endif
#ifdef PEER_ONEDNN
        onednn_peers,
#endif
        peer_device_rows(),
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const peer *row = tables[i]; row->concept; row++) {
            assert(peer_count < MOST_PEERS);
            table[peer_count++] = *row;
        }
}

const char *peer_missing(size_t i, const char **how)
{
    static const char *const missing[][2] = {
#ifndef PEER_OPENBLAS
        { "OpenBLAS", "install libopenblas-openmp-dev, then build again" },
#endif
#ifndef PEER_ONEDNN
        { "oneDNN", "install libdnnl-dev, then build again" },
#endif
        { NULL, NULL },
    };
    const size_t last = sizeof missing / sizeof *missing - 1, at = i < last ? i : last;

    *how = missing[at][1];
    return missing[at][0];
}

const char *peer_library(size_t i)
{
    const char *const host[] = {
#ifdef PEER_OPENBLAS
        openblas_peer_library(),
#endif
#ifdef PEER_ONEDNN
        onednn_peer_library(),
#endif
        NULL,
    };
    const size_t count = sizeof host / sizeof *host - 1;

    return i < count ? host[i] : peer_device_library(i - count);
}

void peer_start(char **argv)
{
#ifdef PEER_OPENBLAS
    openblas_peer_start(argv);
#else
    (void)argv;
#endif
}

void peer_set_threads(int threads)
{
    omp_set_num_threads(threads);               /* oneDNN's too */
#ifdef PEER_OPENBLAS
    openblas_peer_threads(threads);
#endif
}

bool peer_pass_is(const check_problem *p, int pass, const char *name)
{
    return strcmp(p->concept->pass[pass].name, name) == 0;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const peer *const row = variant;

    (void)workspace;
    if (strcmp(row->concept, p->concept->name) != 0)
        return STATUS_UNSUPPORTED;
    peer_set_threads(omp_get_max_threads());    /* what the engine has set, for every library */
    void *const state = row->open(p, pass);
    if (!state)
        return STATUS_UNSUPPORTED;
    if (row->load)
        row->load(state, p);
    row->run(state, p);
    if (row->store)
        row->store(state, p);
    row->close(state);
    return launch_status();                     /* a device's; host rows never fail */
}

static bool finite_only(const void *variant)
{
    return ((const peer *)variant)->finite_only;
}

const check_concept *peer_concept(const check_concept *concept, check_concept *copy)
{
    *copy = *concept;
    copy->variants = peers;
    copy->variant_bytes = sizeof *peers;
    copy->variant_count = &peer_count;
    copy->workspace_bytes = NULL;
    copy->run = run;
    copy->threads_may_differ = true;
    copy->finite_only = finite_only;
    return copy;
}
