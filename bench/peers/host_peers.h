/* host_peers.h: the peers that work on host memory, one table per library; for bench/peer.c. Each
 * table ends with a row whose concept is NULL, and exists only where the program is built with its
 * library (PEER_OPENBLAS, PEER_ONEDNN). */
#ifndef HOST_PEERS_H
#define HOST_PEERS_H

#include "bench/peer.h"

extern const peer openblas_peers[];
const char *openblas_peer_library(void);
void openblas_peer_threads(int threads);
void openblas_peer_start(char **argv);

extern const peer onednn_peers[];
const char *onednn_peer_library(void);

/* True if pass number `pass` of the problem's concept has that name. */
bool peer_pass_is(const check_problem *p, int pass, const char *name);

#endif
