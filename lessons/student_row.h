/* student_row.h: the student's function as one more row of a concept's table.
 *
 * A contract says where in a row of the concept's table the function of each pass stands, and which
 * header declares it, so that a lesson needs no code for that. */
#ifndef STUDENT_ROW_H
#define STUDENT_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check.h"

enum { STUDENT_ROW_BYTES = 256 };

/* The member of a row that holds a pass's function: CONTRACT_PASS(conv2d_variant, forward,
 * conv2d_shape, "sttttw"); NULL where a pass is made of others and cannot be an exercise.
 *
 * The signature has a letter per argument, so that a call can be carried to another process
 * (grade/remote.h): s  pointer to the struct named before it, which is only read;
 *                   t  data of a tensor of the problem, or NULL;
 *                   w  workspace, or NULL;
 *                   i  int64_t;
 *                   r  pointer to a generator (rng), read and advanced;
 *                   R  array of pointers to all tensors that the pass reads, in its order;
 *                   W  the same of those it writes. */
typedef struct {
    const char *field;
    size_t offset;
    size_t shape_bytes;
    const char *signature;
} contract_pass;
#define CONTRACT_PASS(type, member, shape, signature) \
    { #member, offsetof(type, member), sizeof(shape), signature }

typedef struct {
    const check_concept *concept;
    const char *header;         /* "kernels/conv2d/conv2d.h" */
    const char *type;           /* "conv2d_variant", which begins with a variant_info */
    contract_pass pass[CHECK_MAX_PASSES];       /* in the order of the concept's passes */
    size_t workspace_offset;    /* of its member workspace_bytes; 0: it has none */
} student_contract;

/* The suite's contracts, ended by one whose concept is NULL. */
extern const student_contract student_contracts[];

/* The contract of that concept in a table; NULL: it has none. */
const student_contract *student_contract_find(const student_contract *table, const char *concept);

/* A row of the concept's type that has nothing but the given functions. */
typedef struct {
    _Alignas(16) unsigned char bytes[STUDENT_ROW_BYTES];
} student_row;

void student_row_make(student_row *row, const student_contract *contract, int pass,
                      variant_space space, void *function, void *workspace_bytes);

#endif
