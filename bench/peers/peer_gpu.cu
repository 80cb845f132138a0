/* peer_gpu.cu: the peers on device memory, gathered for bench/peer.c. */
#include "bench/peers/peer_gpu.cuh"

enum { MOST_ROWS = 32 };

extern "C" const peer *peer_device_rows(void)
{
    static peer rows[MOST_ROWS + 1];
    const peer *const tables[] = { cublas_peers, cudnn_peers };
    int count = 0;

    for (const peer *table : tables)
        for (const peer *row = table; row->concept && count < MOST_ROWS; row++)
            rows[count++] = *row;
    rows[count].concept = NULL;
    return rows;
}

extern "C" const char *peer_device_library(size_t i)
{
    const char *const names[] = { cublas_peer_library(), cudnn_peer_library() };
    const size_t count = sizeof names / sizeof *names;

    for (size_t at = 0; at < count; at++)
        if (names[at] && i-- == 0)
            return names[at];
    return NULL;
}
