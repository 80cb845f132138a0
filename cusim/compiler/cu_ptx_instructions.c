/* cu_ptx_instructions.c: which PTX instructions there are, and the C++ for each.
 *
 * Most are a function of their operands: one table has them. The others (memory, conversions,
 * comparisons, what a warp does together) each have a writer of their own. A modifier that is not
 * listed makes the instruction one that is not covered: nothing is silently computed otherwise.
 *
 * Source: NVIDIA, Parallel Thread Execution ISA. */
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_ptx.h"

#define PTX "::cusim::ptx::"

/* ---- Types and modifiers ---- */

const char *cu_ptx_type(const char *name)
{
    static const struct {
        const char *name, *type;
    } known[] = {
        { "pred", "bool" },
        { "b8", "uint8_t" }, { "u8", "uint8_t" }, { "s8", "int8_t" },
        { "b16", "uint16_t" }, { "u16", "uint16_t" }, { "s16", "int16_t" },
        { "b32", "uint32_t" }, { "u32", "uint32_t" }, { "s32", "int32_t" },
        { "b64", "uint64_t" }, { "u64", "uint64_t" }, { "s64", "int64_t" },
        { "f32", "float" }, { "f64", "double" },
        { "f16", PTX "f16" }, { "bf16", PTX "bf16" },
        { "f16x2", PTX "f16x2" }, { "bf16x2", PTX "bf16x2" },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0)
            return known[i].type;
    }
    return NULL;
}

/* Is the word one of those in the list, which are separated by spaces? */
static bool is_among(const char *word, const char *list)
{
    const size_t length = strlen(word);

    for (const char *at = list; *at; at += strspn(at, " ")) {
        const size_t count = strcspn(at, " ");
        if (count == length && memcmp(at, word, length) == 0)
            return true;
        at += count;
    }
    return false;
}

/* All parts from..to-1 are among the list. */
static bool all_among(const cu_ptx_instruction *i, int from, int to, const char *list)
{
    for (int p = from; p < to; p++) {
        if (!is_among(i->parts[p], list))
            return false;
    }
    return true;
}

static bool has_part(const cu_ptx_instruction *i, const char *part)
{
    for (int p = 1; p < i->part_count; p++) {
        if (strcmp(i->parts[p], part) == 0)
            return true;
    }
    return false;
}

static const char *last_part(const cu_ptx_instruction *i)
{
    return i->parts[i->part_count - 1];
}

/* The operands are as the letters say: v value, a address, l list, p pair or value. */
static bool operands_are(const cu_ptx_instruction *i, const char *letters)
{
    if ((int)strlen(letters) != i->operand_count)
        return false;
    for (int o = 0; o < i->operand_count; o++) {
        const int kind = (int)i->operands[o].kind;
        const bool fits = letters[o] == 'v' ? kind == CU_PTX_VALUE
                          : letters[o] == 'a' ? kind == CU_PTX_ADDRESS
                          : letters[o] == 'l' ? kind == CU_PTX_LIST
                                              : kind == CU_PTX_VALUE || kind == CU_PTX_PAIR;
        if (!fits)
            return false;
    }
    return true;
}

/* ---- Functions of their operands ---- */

/* sources: the type of each operand after the first, T: the instruction's, which its last part
 * names; u, i: 32 bits; p: predicate. Without a T the name is whole. */
typedef struct {
    const char *name, *function, *modifiers, *types, *sources;
} rule;

#define INTEGERS "s16 u16 s32 u32 s64 u64"
#define FLOATS "f32 f64 f16 bf16 f16x2 bf16x2"
#define BITS "b16 b32 b64 pred"

static const rule rules[] = {
    { "add", "add", "rn ftz", INTEGERS " " FLOATS, "TT" },
    { "sub", "sub", "rn ftz", INTEGERS " " FLOATS, "TT" },
    { "mul.lo", "mul", "", INTEGERS, "TT" },
    { "mul.hi", "mul_hi", "", INTEGERS, "TT" },
    { "mul.wide", "mul_wide", "", "s16 u16 s32 u32", "TT" },
    { "mul24.lo", "mul24", "", "s32 u32", "TT" },
    { "mul", "mul", "rn ftz", FLOATS, "TT" },
    { "mad.lo", "mad", "", INTEGERS, "TTT" },
    { "mad.hi", "mad_hi", "", INTEGERS, "TTT" },
    { "mad24.lo", "mad24", "", "s32 u32", "TTT" },
    { "mad", "fma", "rn ftz", "f32 f64", "TTT" },
    { "fma", "fma", "rn ftz", FLOATS, "TTT" },
    { "div", "div", "rn approx full ftz", INTEGERS " f32 f64", "TT" },
    { "rem", "rem", "", INTEGERS, "TT" },
    { "abs", "abs", "ftz", "s16 s32 s64 " FLOATS, "T" },
    { "neg", "neg", "ftz", "s16 s32 s64 " FLOATS, "T" },
    { "min", "min", "ftz", INTEGERS " " FLOATS, "TT" },
    { "max", "max", "ftz", INTEGERS " " FLOATS, "TT" },
    { "sad", "sad", "", INTEGERS, "TTT" },
    { "copysign", "copysign", "", "f32 f64", "TT" },
    { "rcp", "rcp", "rn approx ftz", "f32 f64", "T" },
    { "sqrt", "sqrt", "rn approx ftz", "f32 f64", "T" },
    { "rsqrt", "rsqrt", "approx ftz", "f32 f64", "T" },
    { "ex2", "ex2", "approx ftz", "f32 f16 bf16 f16x2 bf16x2", "T" },
    { "lg2", "lg2", "approx ftz", "f32", "T" },
    { "sin", "sin", "approx ftz", "f32", "T" },
    { "cos", "cos", "approx ftz", "f32", "T" },
    { "tanh", "tanh", "approx", "f32 f16 bf16 f16x2 bf16x2", "T" },
    { "and", "and_", "", BITS, "TT" },
    { "or", "or_", "", BITS, "TT" },
    { "xor", "xor_", "", BITS, "TT" },
    { "not", "not_", "", BITS, "T" },
    { "cnot", "cnot", "", "b16 b32 b64", "T" },
    { "shl", "shl", "", "b16 b32 b64", "Tu" },
    { "shr", "shr", "", "b16 b32 b64 " INTEGERS, "Tu" },
    { "shf.l.wrap", "shf_l_wrap", "", "b32", "TTu" },
    { "shf.l.clamp", "shf_l_clamp", "", "b32", "TTu" },
    { "shf.r.wrap", "shf_r_wrap", "", "b32", "TTu" },
    { "shf.r.clamp", "shf_r_clamp", "", "b32", "TTu" },
    { "popc", "popc", "", "b32 b64", "T" },
    { "clz", "clz", "", "b32 b64", "T" },
    { "bfind", "bfind", "", "u32 s32 u64 s64", "T" },
    { "brev", "brev", "", "b32 b64", "T" },
    { "bfe", "bfe", "", "u32 s32 u64 s64", "Tuu" },
    { "bfi", "bfi", "", "b32 b64", "TTuu" },
    { "prmt", "prmt", "", "b32", "TTu" },
    { "lop3", "lop3", "", "b32", "TTTu" },
    { "selp", "selp", "", "b16 b32 b64 f32 f64 " INTEGERS, "TTp" },
    { "slct.s32", "slct", "", "b16 b32 b64 f32 f64 " INTEGERS, "TTi" },
    { "dp4a.u32.u32", "dp4a_uu", "", "", "uuu" },
    { "dp4a.s32.s32", "dp4a_ss", "", "", "iii" },
    { "dp4a.s32.u32", "dp4a_su", "", "", "iui" },
    { "dp4a.u32.s32", "dp4a_us", "", "", "uii" },
    { "redux.sync.add", "redux_add", "", "u32 s32", "Tu" },
    { "redux.sync.min", "redux_min", "", "u32 s32", "Tu" },
    { "redux.sync.max", "redux_max", "", "u32 s32", "Tu" },
    { "redux.sync.and", "redux_and", "", "b32", "Tu" },
    { "redux.sync.or", "redux_or", "", "b32", "Tu" },
    { "redux.sync.xor", "redux_xor", "", "b32", "Tu" },
    { "match.any.sync", "match_any", "", "b32 b64", "Tu" },
    { "vote.sync.all", "vote_all", "", "", "pu" },
    { "vote.sync.any", "vote_any", "", "", "pu" },
    { "vote.sync.uni", "vote_uni", "", "", "pu" },
    { "vote.sync.ballot", "vote_ballot", "", "", "pu" },
    { "activemask.b32", "activemask", "", "", "" },
    { "cvta.to.shared", "to_shared", "", "u64", "T" },
    { "cvta.shared", "from_shared", "", "u64", "T" },
    { "cvta.to.global", "same", "", "u64", "T" },
    { "cvta.global", "same", "", "u64", "T" },
    { "cvta.to.local", "same", "", "u64", "T" },
    { "cvta.local", "same", "", "u64", "T" },
    { "cvta.to.const", "same", "", "u64", "T" },
    { "cvta.const", "same", "", "u64", "T" },
};

/* The number of parts that the rule's name takes, or 0 if the instruction is another. */
static int matching_parts(const rule *r, const cu_ptx_instruction *i)
{
    int part = 0;

    for (const char *at = r->name; *at; part++) {
        const size_t length = strcspn(at, ".");
        if (part == i->part_count || strlen(i->parts[part]) != length ||
            memcmp(i->parts[part], at, length) != 0)
            return 0;
        at += length + (at[length] == '.');
    }
    return part;
}

static void write_source(cu_text *out, char letter, const char *type, const char *value)
{
    const char *const known = letter == 'T' ? type : letter == 'u' ? "uint32_t"
                              : letter == 'i' ? "int32_t" : "bool";
    cu_print(out, PTX "get<%s>(%s)", known, value);
}

static bool write_rule(const rule *r, const cu_ptx_instruction *i, int parts, cu_text *out)
{
    const int sources = (int)strlen(r->sources);
    const bool typed = *r->types != '\0';
    const char *const type = typed ? cu_ptx_type(last_part(i)) : NULL;
    const int end = typed ? i->part_count - 1 : i->part_count;

    if (i->operand_count != sources + 1 || (typed && (!type || end < parts ||
                                                      !is_among(last_part(i), r->types))))
        return false;
    if (!all_among(i, parts, end, typed ? r->modifiers : "pred b32"))
        return false;
    for (int o = 0; o <= sources; o++) {
        if (i->operands[o].kind != CU_PTX_VALUE)
            return false;
    }
    cu_print(out, " " PTX "set(%s, " PTX "%s(", i->operands[0].text, r->function);
    for (int s = 0; s < sources; s++) {
        cu_print(out, "%s", s > 0 ? ", " : "");
        write_source(out, r->sources[s], type, i->operands[s + 1].text);
    }
    cu_print(out, "));");
    return true;
}

/* ---- mov ---- */

static bool write_pack(const cu_ptx_instruction *i, const char *type, cu_text *out)
{
    const cu_ptx_operand *const from = &i->operands[1];

    cu_print(out, " " PTX "set(%s, " PTX "pack<%s, %d>(", i->operands[0].text, type, from->count);
    for (int n = 0; n < from->count; n++)
        cu_print(out, "%s%s", n > 0 ? ", " : "", from->at[n]);
    cu_print(out, "));");
    return true;
}

static bool write_unpack(const cu_ptx_instruction *i, const char *type, cu_text *out)
{
    const cu_ptx_operand *const to = &i->operands[0];

    cu_print(out, " { const %s cusim_v = " PTX "get<%s>(%s);", type, type, i->operands[1].text);
    for (int n = 0; n < to->count; n++)
        cu_print(out, " " PTX "set(%s, " PTX "part<%d, %d>(cusim_v));", to->at[n], n, to->count);
    cu_print(out, " }");
    return true;
}

static bool write_mov(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const type = i->part_count == 2 ? cu_ptx_type(i->parts[1]) : NULL;

    if (!type)
        return false;
    if (operands_are(i, "vl") && (i->operands[1].count == 2 || i->operands[1].count == 4))
        return write_pack(i, type, out);
    if (operands_are(i, "lv") && (i->operands[0].count == 2 || i->operands[0].count == 4))
        return write_unpack(i, type, out);
    if (!operands_are(i, "vv"))
        return false;
    cu_print(out, " " PTX "set(%s, " PTX "get<%s>(%s));", i->operands[0].text, type,
             i->operands[1].text);
    return true;
}

/* ---- Conversions ---- */

static bool is_float(const char *type)
{
    return is_among(type, FLOATS);
}

static bool write_cvt_pair(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const to = i->parts[i->part_count - 2];

    if (!all_among(i, 1, i->part_count - 2, "rn") || strcmp(last_part(i), "f32") != 0)
        return false;
    cu_print(out, " " PTX "set(%s, " PTX "join<%s>(" PTX "get<float>(%s), " PTX "get<float>(%s)));",
             i->operands[0].text, cu_ptx_type(to), i->operands[1].text, i->operands[2].text);
    return true;
}

static bool write_cvt(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const to = i->part_count > 2 ? i->parts[i->part_count - 2] : "";
    const char *const from = last_part(i);
    const char *rounding = "keep";

    if (operands_are(i, "vvv") && is_among(to, "f16x2 bf16x2"))
        return write_cvt_pair(i, out);
    if (!operands_are(i, "vv"))
        return false;
    if (strcmp(to, "tf32") == 0 && strcmp(from, "f32") == 0 && i->part_count == 4 &&
        is_among(i->parts[1], "rna rn")) {
        cu_print(out, " " PTX "set(%s, " PTX "to_tf32_%s(" PTX "get<float>(%s)));",
                 i->operands[0].text, i->parts[1], i->operands[1].text);
        return true;
    }
    if (!cu_ptx_type(to) || !cu_ptx_type(from) || strstr(to, "x2") || strstr(from, "x2"))
        return false;
    for (int p = 1; p < i->part_count - 2; p++) {
        if (is_among(i->parts[p], "rni rzi rmi rpi"))
            rounding = i->parts[p];
        else if (!is_among(i->parts[p], "rn ftz sat") ||
                 (strcmp(i->parts[p], "rn") == 0 && !is_float(to)))
            return false;
    }
    cu_print(out, " " PTX "set(%s, " PTX "cvt%s<%s>(" PTX "%s(" PTX "get<%s>(%s))));",
             i->operands[0].text, has_part(i, "sat") ? "_sat" : "", cu_ptx_type(to), rounding,
             cu_ptx_type(from), i->operands[1].text);
    return true;
}

/* ---- Comparisons ---- */

static bool write_setp(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const type = cu_ptx_type(last_part(i));
    const char *const comparison = i->part_count > 2 ? i->parts[1] : "";
    const cu_ptx_operand *const to = &i->operands[0];
    const char *joined = NULL;

    if (!type || !is_among(comparison, "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num "
                                       "nan"))
        return false;
    for (int p = 2; p < i->part_count - 1; p++) {
        if (is_among(i->parts[p], "and or xor"))
            joined = i->parts[p];
        else if (strcmp(i->parts[p], "ftz") != 0)
            return false;
    }
    if (!operands_are(i, joined ? "pvvv" : "pvv"))
        return false;
    cu_print(out, " { const bool cusim_v = " PTX "%s(" PTX "get<%s>(%s), " PTX "get<%s>(%s));",
             comparison, type, i->operands[1].text, type, i->operands[2].text);
    for (int n = 0; n < (to->kind == CU_PTX_PAIR ? 2 : 1); n++) {
        cu_print(out, " " PTX "set(%s, ", to->kind == CU_PTX_PAIR ? to->at[n] : to->text);
        if (joined)
            cu_print(out, PTX "%s_(%scusim_v, " PTX "get<bool>(%s)));", joined, n ? "!" : "",
                     i->operands[3].text);
        else
            cu_print(out, "%scusim_v);", n ? "!" : "");
    }
    cu_print(out, " }");
    return true;
}

/* ---- Memory ---- */

#define CACHES "ca cg cs lu cv wb wt nc volatile relaxed acquire release acq_rel weak " \
    "cta gpu sys L1::evict_normal L1::evict_unchanged L1::evict_first L1::evict_last " \
    "L1::no_allocate L2::64B L2::128B L2::256B"

static bool is_ordered(const cu_ptx_instruction *i)
{
    return has_part(i, "volatile") || has_part(i, "relaxed") || has_part(i, "acquire") ||
           has_part(i, "release") || has_part(i, "acq_rel");
}

/* The address as a pointer to the type. */
static char *address_of(const cu_ptx_instruction *i, const cu_ptx_operand *o, const char *type)
{
    const char *const space = has_part(i, "shared") ? "shared" : "global";

    return cu_format(PTX "%s<%s>(%s, %s)", space, type, o->text, o->offset);
}

/* Which of the parts between the name and the type are fine; *count: of v2, v4. */
static bool memory_parts(const cu_ptx_instruction *i, const char *more, int *count)
{
    *count = 1;
    for (int p = 1; p < i->part_count - 1; p++) {
        if (is_among(i->parts[p], "v2 v4"))
            *count = i->parts[p][1] - '0';
        else if (!is_among(i->parts[p], "global shared const local") &&
                 !is_among(i->parts[p], CACHES) && !is_among(i->parts[p], more))
            return false;
    }
    return true;
}

static bool write_load(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const type = cu_ptx_type(last_part(i));
    const cu_ptx_operand *const to = &i->operands[0];
    int count;

    if (!type || !memory_parts(i, "", &count) || !operands_are(i, count > 1 ? "la" : "va") ||
        (count > 1 && to->count != count))
        return false;
    char *const element = count > 1 ? cu_format(PTX "vec<%s, %d>", type, count)
                                    : cu_copy(type, strlen(type));
    char *const address = address_of(i, &i->operands[1], element);
    const char *const load = is_ordered(i) ? "load_ordered" : "load";
    if (count == 1) {
        cu_print(out, " " PTX "set(%s, " PTX "%s(%s));", to->text, load, address);
    } else {
        cu_print(out, " { const %s cusim_v = " PTX "%s(%s);", element, load, address);
        for (int n = 0; n < count; n++)
            cu_print(out, " " PTX "set(%s, cusim_v.at[%d]);", to->at[n], n);
        cu_print(out, " }");
    }
    free(address);
    free(element);
    return true;
}

static bool write_store(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const type = cu_ptx_type(last_part(i));
    const cu_ptx_operand *const from = &i->operands[1];
    int count;

    if (!type || !memory_parts(i, "", &count) || !operands_are(i, count > 1 ? "al" : "av") ||
        (count > 1 && from->count != count))
        return false;
    char *const element = count > 1 ? cu_format(PTX "vec<%s, %d>", type, count)
                                    : cu_copy(type, strlen(type));
    char *const address = address_of(i, &i->operands[0], element);
    cu_print(out, " " PTX "%s(%s, ", is_ordered(i) ? "store_ordered" : "store", address);
    if (count == 1) {
        cu_print(out, PTX "get<%s>(%s)", type, from->text);
    } else {
        cu_print(out, "%s{ { ", element);
        for (int n = 0; n < count; n++)
            cu_print(out, "%s" PTX "get<%s>(%s)", n > 0 ? ", " : "", type, from->at[n]);
        cu_print(out, " } }");
    }
    cu_print(out, ");");
    free(address);
    free(element);
    return true;
}

/* atom d, [a], b and red [a], b; atom.cas d, [a], b, c. */
static bool write_atomic(const cu_ptx_instruction *i, cu_text *out)
{
    const bool red = strcmp(i->parts[0], "red") == 0;
    const char *const type = cu_ptx_type(last_part(i));
    const char *operation = NULL;
    int count;

    if (!type || !is_among(last_part(i), "u32 s32 b32 u64 s64 b64 f32 f64") ||
        !memory_parts(i, "add exch min max and or xor inc dec cas", &count) || count != 1)
        return false;
    for (int p = 1; p < i->part_count - 1; p++) {
        if (is_among(i->parts[p], "add exch min max and or xor inc dec cas"))
            operation = i->parts[p];
    }
    const bool cas = operation && strcmp(operation, "cas") == 0;
    if (!operation || (red && (cas || strcmp(operation, "exch") == 0)) ||
        !operands_are(i, red ? "av" : cas ? "vavv" : "vav"))
        return false;
    const cu_ptx_operand *const o = i->operands + !red;
    char *const address = address_of(i, o, type);
    cu_print(out, " " PTX "set(%s, " PTX "atom_%s(%s, " PTX "get<%s>(%s)",
             red ? PTX "nowhere" : i->operands[0].text, operation, address, type, o[1].text);
    if (cas)
        cu_print(out, ", " PTX "get<%s>(%s)", type, o[2].text);
    cu_print(out, "));");
    free(address);
    return true;
}

/* ---- cp.async ---- */

static bool write_copy_async(const cu_ptx_instruction *i, cu_text *out)
{
    const char *const form = i->part_count > 2 ? i->parts[2] : "";

    if (i->part_count == 3 && i->operand_count == 0 && strcmp(form, "commit_group") == 0) {
        cu_print(out, " cusim_copy_async_commit();");
    } else if (i->part_count == 3 && i->operand_count == 0 && strcmp(form, "wait_all") == 0) {
        cu_print(out, " cusim_copy_async_commit(); cusim_copy_async_wait(0);");
    } else if (i->part_count == 3 && operands_are(i, "v") && strcmp(form, "wait_group") == 0) {
        cu_print(out, " cusim_copy_async_wait(int(%s));", i->operands[0].text);
    } else if (is_among(form, "ca cg") && i->part_count >= 5 &&
               strcmp(i->parts[3], "shared") == 0 && strcmp(i->parts[4], "global") == 0 &&
               all_among(i, 5, i->part_count, "L2::64B L2::128B L2::256B") &&
               (operands_are(i, "aav") || operands_are(i, "aavv"))) {
        const cu_ptx_operand *const o = i->operands;
        cu_print(out, " cusim_copy_async(" PTX "shared<char>(%s, %s), " PTX "global<char>(%s, %s), "
                      "size_t(%s), size_t(%s));", o[0].text, o[0].offset, o[1].text, o[1].offset,
                 o[2].text, o[i->operand_count - 1].text);
    } else {
        return false;
    }
    return true;
}

/* ---- Matrices ---- */

static const char *value_at(const cu_ptx_operand *o, int n)
{
    return o->kind == CU_PTX_LIST ? o->at[n] : o->text;
}

static int value_count(const cu_ptx_operand *o)
{
    return o->kind == CU_PTX_LIST ? o->count : o->kind == CU_PTX_VALUE ? 1 : 0;
}

static bool write_ldmatrix(const cu_ptx_instruction *i, cu_text *out)
{
    const cu_ptx_operand *const to = &i->operands[0];
    int count = 0;

    if (!(operands_are(i, "la") || operands_are(i, "va")) || i->part_count < 6 ||
        strcmp(i->parts[1], "sync") != 0 || strcmp(i->parts[2], "aligned") != 0 ||
        strcmp(i->parts[3], "m8n8") != 0 || !is_among(i->parts[4], "x1 x2 x4") ||
        !all_among(i, 5, i->part_count, "trans shared b16"))
        return false;
    count = i->parts[4][1] - '0';
    if (value_count(to) != count)
        return false;
    cu_print(out, " { uint32_t cusim_v[%d]; " PTX "ldmatrix<%d, %s>(cusim_v, %s, %s);", count,
             count, has_part(i, "trans") ? "true" : "false", i->operands[1].text,
             i->operands[1].offset);
    for (int n = 0; n < count; n++)
        cu_print(out, " " PTX "set(%s, cusim_v[%d]);", value_at(to, n), n);
    cu_print(out, " }");
    return true;
}

/* Registers of A, B and of C and D for each form of mma.sync. */
typedef struct {
    const char *shape, *a, *c;      /* PTX types of the elements of A and B, and of C and D */
    const char *function;
    int a_count, b_count, c_count;
} product;

static const product products[] = {
    { "m16n8k4", "tf32", "f32", "mma<16, 4, " PTX "of_tf32, float>", 2, 1, 4 },
    { "m16n8k8", "tf32", "f32", "mma<16, 8, " PTX "of_tf32, float>", 4, 2, 4 },
    { "m16n8k8", "bf16", "f32", "mma<16, 8, " PTX "of_bf16, float>", 2, 1, 4 },
    { "m16n8k16", "bf16", "f32", "mma<16, 16, " PTX "of_bf16, float>", 4, 2, 4 },
    { "m16n8k8", "f16", "f32", "mma<16, 8, " PTX "of_f16, float>", 2, 1, 4 },
    { "m16n8k16", "f16", "f32", "mma<16, 16, " PTX "of_f16, float>", 4, 2, 4 },
    { "m16n8k8", "f16", "f16", "mma_f16<8>", 2, 1, 2 },
    { "m16n8k16", "f16", "f16", "mma_f16<16>", 4, 2, 2 },
    { "m8n8k16", "s8", "s32", "mma<8, 16, " PTX "of_s8, int32_t>", 1, 1, 2 },
    { "m8n8k16", "u8", "s32", "mma<8, 16, " PTX "of_u8, int32_t>", 1, 1, 2 },
    { "m16n8k16", "s8", "s32", "mma<16, 16, " PTX "of_s8, int32_t>", 2, 1, 4 },
    { "m16n8k16", "u8", "s32", "mma<16, 16, " PTX "of_u8, int32_t>", 2, 1, 4 },
    { "m16n8k32", "s8", "s32", "mma<16, 32, " PTX "of_s8, int32_t>", 4, 2, 4 },
    { "m16n8k32", "u8", "s32", "mma<16, 32, " PTX "of_u8, int32_t>", 4, 2, 4 },
    { "m8n8k4", "f64", "f64", "mma_f64", 1, 1, 2 },
};

static void write_registers(cu_text *out, const char *type, const char *name,
                            const cu_ptx_operand *o)
{
    cu_print(out, " const %s cusim_%s[] = { ", type, name);
    for (int n = 0; n < value_count(o); n++)
        cu_print(out, "%s" PTX "get<%s>(%s)", n > 0 ? ", " : "", type, value_at(o, n));
    cu_print(out, " };");
}

static bool write_mma(const cu_ptx_instruction *i, cu_text *out)
{
    const cu_ptx_operand *const o = i->operands;

    if (i->operand_count != 4 || i->part_count != 10 || strcmp(i->parts[1], "sync") != 0 ||
        strcmp(i->parts[2], "aligned") != 0 || strcmp(i->parts[4], "row") != 0 ||
        strcmp(i->parts[5], "col") != 0)
        return false;
    for (size_t n = 0; n < sizeof products / sizeof *products; n++) {
        const product *const p = &products[n];
        if (strcmp(i->parts[3], p->shape) != 0 || strcmp(i->parts[6], p->c) != 0 ||
            strcmp(i->parts[7], p->a) != 0 || strcmp(i->parts[8], p->a) != 0 ||
            strcmp(i->parts[9], p->c) != 0)
            continue;
        if (value_count(&o[0]) != p->c_count || value_count(&o[1]) != p->a_count ||
            value_count(&o[2]) != p->b_count || value_count(&o[3]) != p->c_count)
            return false;
        const char *const sum = strcmp(p->c, "f16") == 0 ? "uint32_t" : cu_ptx_type(p->c);
        const char *const factor = strcmp(p->a, "f64") == 0 ? "double" : "uint32_t";
        cu_print(out, " {");
        write_registers(out, factor, "va", &o[1]);
        write_registers(out, factor, "vb", &o[2]);
        write_registers(out, sum, "vc", &o[3]);
        cu_print(out, " %s cusim_vd[%d]; " PTX "%s(cusim_vd, cusim_va, cusim_vb, cusim_vc);", sum,
                 p->c_count, p->function);
        for (int d = 0; d < p->c_count; d++)
            cu_print(out, " " PTX "set(%s, cusim_vd[%d]);", value_at(&o[0], d), d);
        cu_print(out, " }");
        return true;
    }
    return false;
}

/* ---- What threads do together ---- */

static bool write_barrier(const cu_ptx_instruction *i, cu_text *out)
{
    const bool arrive = has_part(i, "arrive");
    const cu_ptx_operand *const o = i->operands;

    if (has_part(i, "warp")) {
        if (!all_among(i, 1, i->part_count, "warp sync") || !operands_are(i, "v"))
            return false;
        cu_print(out, " cusim_syncwarp(" PTX "get<uint32_t>(%s));", o[0].text);
        return true;
    }
    if (!all_among(i, 1, i->part_count, "sync arrive aligned cta") || i->part_count < 2 ||
        !(arrive ? operands_are(i, "vv") : operands_are(i, "v") || operands_are(i, "vv")))
        return false;
    if (i->operand_count == 2)
        cu_print(out, " cusim_named_barrier(int(%s), int(%s), %d);", o[0].text, o[1].text, arrive);
    else if (strcmp(o[0].text, "0") == 0)
        cu_print(out, " cusim_syncthreads(0, CUSIM_SYNC);");
    else
        cu_print(out, " cusim_named_barrier(int(%s), " PTX "block_threads(), 0);", o[0].text);
    return true;
}

static bool write_fence(const cu_ptx_instruction *i, cu_text *out)
{
    if (i->operand_count != 0 || i->part_count < 2 ||
        !all_among(i, 1, i->part_count, "cta gl sys gpu sc acq_rel"))
        return false;
    cu_print(out, " cusim_fence(%d);",
             has_part(i, "cta") ? 0 : has_part(i, "sys") ? 2 : 1);
    return true;
}

static bool write_shuffle(const cu_ptx_instruction *i, cu_text *out)
{
    const cu_ptx_operand *const o = i->operands;

    if (i->part_count != 4 || strcmp(i->parts[1], "sync") != 0 ||
        !is_among(i->parts[2], "up down bfly idx") || strcmp(i->parts[3], "b32") != 0 ||
        !operands_are(i, "pvvvv"))
        return false;
    cu_print(out, " { bool cusim_p; const uint32_t cusim_v = " PTX "shfl_%s(" PTX
                  "get<uint32_t>(%s), uint32_t(%s), uint32_t(%s), uint32_t(%s), cusim_p); ",
             i->parts[2], o[1].text, o[2].text, o[3].text, o[4].text);
    if (o[0].kind == CU_PTX_PAIR)
        cu_print(out, PTX "set(%s, cusim_v); " PTX "set(%s, cusim_p); }", o[0].at[0], o[0].at[1]);
    else
        cu_print(out, PTX "set(%s, cusim_v); }", o[0].text);
    return true;
}

/* ---- The rest ---- */

static bool write_simple(const cu_ptx_instruction *i, cu_text *out)
{
    static const struct {
        const char *name, *code;
    } known[] = {
        { "trap", " cusim_trap();" }, { "brkpt", " cusim_trap();" },
        { "exit", " cusim_thread_exit();" },
    };

    if (strcmp(i->parts[0], "nanosleep") == 0 && operands_are(i, "v")) {
        cu_print(out, " cusim_yield();");
        return true;
    }
    if ((strcmp(i->parts[0], "prefetch") == 0 || strcmp(i->parts[0], "prefetchu") == 0) &&
        operands_are(i, "a")) {
        cu_print(out, " (void)(%s);", i->operands[0].text);     /* a hint */
        return true;
    }
    for (size_t n = 0; n < sizeof known / sizeof *known; n++) {
        if (strcmp(i->name, known[n].name) == 0 && i->operand_count == 0) {
            cu_print(out, "%s", known[n].code);
            return true;
        }
    }
    return false;
}

bool cu_ptx_write(const cu_ptx_instruction *i, cu_text *out)
{
    static const struct {
        const char *name;
        bool (*write)(const cu_ptx_instruction *, cu_text *);
    } writers[] = {
        { "mov", write_mov }, { "cvt", write_cvt }, { "setp", write_setp }, { "ld", write_load },
        { "ldu", write_load }, { "st", write_store }, { "atom", write_atomic },
        { "red", write_atomic }, { "cp", write_copy_async }, { "ldmatrix", write_ldmatrix },
        { "mma", write_mma }, { "bar", write_barrier }, { "barrier", write_barrier },
        { "membar", write_fence }, { "fence", write_fence }, { "shfl", write_shuffle },
    };

    if (i->part_count == 0)
        return false;
    for (size_t n = 0; n < sizeof writers / sizeof *writers; n++) {
        if (strcmp(i->parts[0], writers[n].name) == 0)
            return writers[n].write(i, out);
    }
    for (size_t n = 0; n < sizeof rules / sizeof *rules; n++) {
        const int parts = matching_parts(&rules[n], i);
        if (parts > 0 && write_rule(&rules[n], i, parts, out))
            return true;
    }
    return write_simple(i, out);
}
