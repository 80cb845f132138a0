/* cu_ptx.h: inline PTX as C++.
 *
 * Operand %N of the assembly is a variable cusim_N of the C++ that is made, of the type that its
 * constraint says (r: uint32_t, l: uint64_t, f: float, ...); a register r that the text declares
 * with .reg is a variable cusim_r_r. An instruction is a call of functions of
 * cusim/include/cusim/ptx.h:
 *
 *   add.s32 %0, %1, 4;     ::cusim::ptx::set(cusim_0,
 *                              ::cusim::ptx::add(::cusim::ptx::get<int32_t>(cusim_1),
 *                                                ::cusim::ptx::get<int32_t>(4))); */
#ifndef CU_PTX_H
#define CU_PTX_H

#include <stdbool.h>

#include "cusim/compiler/cu_memory.h"

/* Adds the C++ for `text`, which has `operands` operands, to `out`. False if something in it is not
 * covered: *problem says what; it is to be freed. */
bool cu_ptx(const char *text, int operands, cu_text *out, char **problem);

/* ---- What cu_ptx.c and cu_ptx_instructions.c share ---- */

enum { CU_PTX_PARTS = 16, CU_PTX_OPERANDS = 8, CU_PTX_VECTOR = 16 };

/* Texts are C++ expressions. */
typedef struct {
    enum { CU_PTX_VALUE, CU_PTX_ADDRESS, CU_PTX_LIST, CU_PTX_PAIR } kind;
    char *text;                     /* of an address: its base */
    char *offset;                   /* of an address */
    char *at[CU_PTX_VECTOR];        /* {a, b} of a list, a|b of a pair */
    int count;
} cu_ptx_operand;

typedef struct {
    const char *name;               /* "ld.global.v4.f32" */
    char *parts[CU_PTX_PARTS];      /* its parts; ::cta and the like behind them are cut off */
    int part_count;
    cu_ptx_operand operands[CU_PTX_OPERANDS];
    int operand_count;
} cu_ptx_instruction;

/* Adds the C++ for one instruction. False: it is not covered, or has other operands. */
bool cu_ptx_write(const cu_ptx_instruction *i, cu_text *out);

/* The C++ type of a PTX type, or NULL. */
const char *cu_ptx_type(const char *name);

#endif
