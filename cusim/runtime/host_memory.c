/* host_memory.c: addresses that are none of the device's.
 *
 * A kernel may use its threads' stacks, constants of the program, memory that cudaHostRegister has
 * made known, and what it allocated itself by malloc or new (device_heap.c; it comes
 * from the arena). It may not use the
 * heap, the stack and the variables of the host. Those of the program are told by name, from the
 * symbol table of its file; variables of templates, statics of functions and cusim's own are left
 * alone, as they may be the device's without anybody having said so. An address at which there is
 * nothing at all is an index gone wild, but close to 0 it is a null pointer: that one crashes. */
#define _GNU_SOURCE             /* dl_iterate_phdr */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cusim/runtime/shadow.h"

enum { MAX_SEGMENTS = 256, FINE_SLOTS = 1024, CUDA_ILLEGAL_ADDRESS = 700, NULL_PAGES = 65536,
       CLOSE_BYTES = 256 };

/* ---- Parts of the program and its libraries ---- */

typedef struct {
    uintptr_t from, to;
    bool is_constant;           /* or nothing of the program's own: a library's data */
} host_segment;

static host_segment segments[MAX_SEGMENTS];
static int segment_count;
static uintptr_t program_base;

static int add_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    const bool is_program = info->dlpi_name[0] == '\0';
    static bool seen_program;
    (void)size, (void)unused;

    const bool own = is_program && !seen_program;
    if (own) {
        seen_program = true;
        program_base = info->dlpi_addr;
    }
    for (int pass = 0; pass < 2; pass++) {      /* RELRO first: it is a part of a segment */
        for (int i = 0; i < info->dlpi_phnum && segment_count < MAX_SEGMENTS; i++) {
            const ElfW(Phdr) *h = &info->dlpi_phdr[i];
            if (h->p_type != (pass == 0 ? PT_GNU_RELRO : PT_LOAD))
                continue;
            const uintptr_t from = info->dlpi_addr + h->p_vaddr;
            segments[segment_count++] = (host_segment){
                from, from + h->p_memsz, pass == 0 || !(h->p_flags & PF_W) || !own
            };
        }
    }
    return 0;
}

static const host_segment *segment_of(uintptr_t at)
{
    if (segment_count == 0)
        dl_iterate_phdr(add_module, NULL);
    for (int i = 0; i < segment_count; i++) {
        if (at - segments[i].from < segments[i].to - segments[i].from)
            return &segments[i];
    }
    return NULL;
}

/* ---- Names of variables ---- */

typedef struct {
    uintptr_t from, to;
    const char *name;
    bool may_be_device;
} host_symbol;

static host_symbol *symbols;
static size_t symbol_count;

static void read_symbols(const unsigned char *file, size_t bytes)
{
    const ElfW(Ehdr) *e = (const void *)file;
    if (bytes < sizeof *e || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 ||
        e->e_shoff > bytes || (size_t)e->e_shnum * sizeof(ElfW(Shdr)) > bytes - e->e_shoff)
        return;
    const ElfW(Shdr) *sections = (const void *)(file + e->e_shoff);
    for (int i = 0; i < e->e_shnum; i++) {
        const ElfW(Shdr) *s = &sections[i];
        if (s->sh_type != SHT_SYMTAB || s->sh_link >= e->e_shnum ||
            s->sh_offset > bytes || s->sh_size > bytes - s->sh_offset)
            continue;
        const ElfW(Sym) *table = (const void *)(file + s->sh_offset);
        const size_t count = s->sh_size / sizeof *table;
        const char *names = (const char *)file + sections[s->sh_link].sh_offset;
        symbols = shadow_memory(malloc((count + 1) * sizeof *symbols));
        for (size_t n = 0; n < count; n++) {
            const unsigned bind = ELF64_ST_BIND(table[n].st_info);
            if (ELF64_ST_TYPE(table[n].st_info) != STT_OBJECT || table[n].st_size == 0)
                continue;
            const char *name = names + table[n].st_name;
            symbols[symbol_count++] = (host_symbol){
                program_base + table[n].st_value,
                program_base + table[n].st_value + table[n].st_size, name,
                bind == STB_WEAK || bind == STB_GNU_UNIQUE || strncmp(name, "cusim", 5) == 0 ||
                    strncmp(name, "_ZZ", 3) == 0 || strncmp(name, "_ZGV", 4) == 0
            };
        }
        return;
    }
}

static const host_symbol *symbol_of(uintptr_t at)
{
    static bool is_read;
    if (!is_read) {
        struct stat status;
        const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        is_read = true;
        segment_of(at);
        if (fd >= 0 && fstat(fd, &status) == 0) {
            void *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
            if (file != MAP_FAILED)             /* the names are used for ever */
                read_symbols(file, (size_t)status.st_size);
        }
        if (fd >= 0)
            close(fd);
    }
    for (size_t i = 0; i < symbol_count; i++) {
        if (at - symbols[i].from < symbols[i].to - symbols[i].from)
            return &symbols[i];
    }
    return NULL;
}

/* ---- What a kernel touches ---- */

/* Words that were found to be fine. */
static uintptr_t fine[FINE_SLOTS];

static uintptr_t *fine_slot(uintptr_t at)
{
    return &fine[at / 8 % FINE_SLOTS];
}

/* The mapping that holds the address: its name ("[heap]", "[stack]", "" or a file). */
static bool mapping_of(uintptr_t at, char *name, size_t bytes)
{
    char line[4096 + 128];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        int path = 0;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &path) >= 2)
            found = at - from < to - from;
        if (found)
            snprintf(name, bytes, "%.*s", (int)strcspn(line + path, "\n"), line + path);
    }
    if (maps)
        fclose(maps);
    return found;
}

static const char *verb(const race_access *a)
{
    return a->is_atomic ? "atomic operation on" : a->kind & CUSIM_TOUCH_WRITE ? "write of"
                                                                              : "read of";
}

static void tell_host_memory(const race_access *a, const char *what)
{
    const finding_party me = finding_here(a->pc);
    finding_add(CUSIM_HOST_MEMORY, &me, NULL, false,
                "%s %zu byte%s in memory of the host (%s), which a kernel cannot reach", verb(a),
                a->bytes, a->bytes == 1 ? "" : "s", what);
}

/* No memory is there: the access would crash, so the launch ends here. */
static void tell_nowhere(const race_access *a)
{
    const uintptr_t at = (uintptr_t)a->address;
    const cusim_allocation *best = NULL;
    uintptr_t distance = (uintptr_t)1 << 40;
    const finding_party me = finding_here(a->pc);
    char place[512];

    for (size_t i = 0;; i++) {
        const cusim_allocation *b = cusim_allocation_number(i);
        if (!b)
            break;
        const uintptr_t from = (uintptr_t)b->address, d = at < from ? from - at : at - from;
        if (d < distance) {
            best = b;
            distance = d;
        }
    }
    if (best)
        finding_add(CUSIM_OUT_OF_BOUNDS, &me, NULL, false,
                    "%s %zu byte%s at %p, where there is no memory: %zu bytes %s the start of the "
                    "%zu-byte allocation made at %s", verb(a), a->bytes, a->bytes == 1 ? "" : "s",
                    a->address, (size_t)distance,
                    at < (uintptr_t)best->address ? "before" : "behind", best->bytes,
                    finding_place(place, sizeof place, (const char *)best->caller - 1));
    else
        finding_add(CUSIM_OUT_OF_BOUNDS, &me, NULL, false,
                    "%s %zu byte%s at %p, where there is no memory", verb(a), a->bytes,
                    a->bytes == 1 ? "" : "s", a->address);
    cusim_abort_launch(CUDA_ILLEGAL_ADDRESS);
}

bool host_memory_named(const race_access *a)
{
    const uintptr_t at = (uintptr_t)a->address;
    if (*fine_slot(at) == at)
        return true;
    const host_symbol *s = symbol_of(at);
    if (!s)
        return false;
    if (s->may_be_device) {
        *fine_slot(at) = at;
        return true;
    }
    const cusim_variable *before = cusim_variable_at((const char *)a->address - CLOSE_BYTES);
    if (before && strncmp(s->name, before->name, strlen(before->name) + 1) != 0 &&
        cusim_variable_at(a->address) == NULL)
        return false;
    if (!finding_again(CUSIM_HOST_MEMORY, a->pc, NULL)) {
        char what[300];
        snprintf(what, sizeof what, "the variable `%.256s`", s->name);
        tell_host_memory(a, what);
    }
    return true;
}

/* True if the kernel's arguments are there: a thread copies large ones by memcpy. */
static bool is_argument(uintptr_t at)
{
    void *const closure = (void *)(uintptr_t)cusim_now.launch->closure;
    return at - (uintptr_t)closure < malloc_usable_size(closure);
}

void host_memory_touched(const race_access *a)
{
    const uintptr_t at = (uintptr_t)a->address;
    char name[4096];

    if (at < NULL_PAGES || *fine_slot(at) == at || is_argument(at))
        return;
    const host_segment *s = segment_of(at);
    if (s && !s->is_constant && host_memory_named(a))
        return;
    if (s || cusim_host_registered(a->address)) {
        *fine_slot(at) = at;
        return;
    }
    if (shadow_holds(a->address))
        tell_nowhere(a);
    if (finding_again(CUSIM_HOST_MEMORY, a->pc, NULL))
        return;
    if (!mapping_of(at, name, sizeof name))
        tell_nowhere(a);
    else
        tell_host_memory(a, strcmp(name, "[stack]") == 0 ? "its stack" : "its heap");
}

/* ---- What the host touches ---- */

void host_touched_device(const shadow_region *r, const race_access *a)
{
    const cusim_variable *v = cusim_variable_at(a->address);
    const cusim_allocation *m = cusim_allocation_at(a->address);
    char text[600];
    const finding_party me = finding_here(a->pc);

    if (r == &shadow_regions[REGION_VARIABLES] && (!v || v->kind == CUSIM_MANAGED))
        return;
    if (m && !m->freed && m->kind != CUSIM_MEMORY_DEVICE)
        return;
    const cusim_finding_kind kind = v || (m && !m->freed) ? CUSIM_HOST_MEMORY
                                    : m                   ? CUSIM_USE_AFTER_FREE
                                                          : CUSIM_OUT_OF_BOUNDS;
    if (finding_again(kind, a->pc, NULL))
        return;
    describe_address(text, sizeof text, a->address);
    finding_add(kind, &me, NULL, false, "the host %s %zu byte%s in %s: %s",
                a->kind & CUSIM_TOUCH_WRITE ? "writes" : "reads", a->bytes,
                a->bytes == 1 ? "" : "s",
                kind == CUSIM_HOST_MEMORY      ? "device memory, which it cannot reach"
                : kind == CUSIM_USE_AFTER_FREE ? "memory that has been freed"
                                               : "no allocation", text);
}
