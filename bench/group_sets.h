/* group_sets.h: the buffers of one problem, several sets of them, in host or device memory.
 *
 * What a pass only reads lies in input sets, what it writes in output sets. Warm: one input set for
 * all, and an output set for each entrant. Cold: as many sets as exceed the last cache, which all
 * entrants use in turn. Same addresses for all, so that no one's buffers lie luckier. */
#ifndef GROUP_SETS_H
#define GROUP_SETS_H

#include "bench/bench_device.h"
#include "check/check.h"

typedef struct {
    check_problem p;                    /* contents as before a run */
    int pass;
    bool reads[CHECK_MAX_TENSORS], writes[CHECK_MAX_TENSORS];
    int used[CHECK_MAX_TENSORS], used_count;    /* the tensors that the pass touches */
    int inputs, outputs;                /* sets */
    unsigned char *block;               /* on the host: all sets */
    size_t offset[CHECK_MAX_TENSORS];   /* of a tensor's first copy in it */
    size_t stride[CHECK_MAX_TENSORS];   /* from one copy to the next */
    bench_device *device;               /* NULL: on the host */
    check_problem fetched;              /* where results of the device are brought to */
} group_sets;

/* One problem in host memory, with contents for the pass. STATUS_MEMORY or describe()'s status. */
status group_problem_open(check_problem *p, const check_concept *c, const int *param, int pass);
void group_problem_close(check_problem *p);

/* Bytes of the tensors that the pass touches, each once. */
double group_set_bytes(const check_problem *p, int pass);

/* Takes p over, closes it even on a failure, which is STATUS_MEMORY or STATUS_DEVICE. On a device
 * there are as many input sets as output sets, and room for a workspace. */
status group_sets_open(group_sets *s, check_problem *p, int pass, variant_space space, int inputs,
                       int outputs, size_t workspace_bytes);
void group_sets_close(group_sets *s);

/* Points p's tensors (those that the pass touches) to these sets. p began as a copy of s->p. */
void group_sets_point(const group_sets *s, check_problem *p, int input, int output);

/* Puts back what the pass updates in place, and fills what it only writes with NaN. */
status group_sets_restore(const group_sets *s, int output);

/* Bytes of one output set; copies it to kept[bytes]; compares it with that, bit by bit. */
size_t group_output_bytes(const group_sets *s);
status group_output_keep(group_sets *s, int output, unsigned char *kept);
bool group_output_same(group_sets *s, int output, const unsigned char *kept, bool written_only);

#endif
