/* worker_targets.c: the table of worker_targets.h: made from the object's file and from what the
 * process consists of before the object comes.
 *
 * Hazard: while the object is being loaded, its place is asked of the dynamic linker, which does
 *         not keep to WORKER_ASKED. Then only what runs by itself asks, and that is no kernel. */
#define _GNU_SOURCE             /* dl_iterate_phdr, RTLD_DEFAULT */
#include "grade/worker/worker_targets.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/grade_source.h"

enum { MOST_FUNCTIONS = 16384, MOST_IMPORTS = 1024, MOST_IMAGES = 128, PAGE = 4096 };
enum { LONGEST_CALL = 7, DIRECT_CALL = 5 };

typedef struct {
    uintptr_t from, to;
} range;

typedef struct {
    const char *path;
    bool cuda, asks;
    uintptr_t base;                     /* where it was loaded; 0: not yet known */
    range code;                         /* of the object, counted from base */
    uintptr_t function[MOST_FUNCTIONS]; /* the same; sorted */
    uintptr_t import[MOST_IMPORTS];     /* addresses; sorted */
    range image[MOST_IMAGES];           /* code of all else */
    int functions, imports, images;
} target_table;

static _Alignas(PAGE) union {
    target_table table;
    char pages[(sizeof(target_table) + PAGE - 1) / PAGE * PAGE];
} held;

/* ---- Asking ---- */

WORKER_ASKED static bool within(const range *r, uintptr_t at)
{
    return at >= r->from && at < r->to;
}

WORKER_ASKED static bool has(const uintptr_t *sorted, int count, uintptr_t wanted)
{
    int low = 0;

    while (count > 0) {
        const int half = count / 2;
        if (sorted[low + half] < wanted) {
            low += half + 1;
            count -= half + 1;
        } else if (sorted[low + half] > wanted) {
            count = half;
        } else {
            return true;
        }
    }
    return false;
}

static int find_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    if (strcmp(info->dlpi_name, held.table.path) != 0)
        return 0;
    *(uintptr_t *)base = info->dlpi_addr;
    return 1;
}

WORKER_ASKED static uintptr_t base_of_object(void)
{
    uintptr_t base = held.table.base;

    if (base == 0 && held.table.path)
        dl_iterate_phdr(find_base, &base);
    return base;
}

WORKER_ASKED bool worker_targets_asked(void)
{
    return held.table.asks;
}

WORKER_ASKED bool worker_targets_own(uintptr_t code)
{
    return within(&held.table.code, code - base_of_object());
}

WORKER_ASKED bool worker_may_call(uintptr_t to)
{
    const uintptr_t in_object = to - base_of_object();

    return within(&held.table.code, in_object)
        ? has(held.table.function, held.table.functions, in_object)
        : has(held.table.import, held.table.imports, to);
}

/* Whether what ends at `to` can be a call by way of a register or of memory: FF /2, with what
 * belongs to it by the manual's tables of ModRM and SIB. */
WORKER_ASKED static bool is_indirect_call(const unsigned char *to)
{
    for (int length = 2; length <= LONGEST_CALL; length++) {
        const unsigned char *const at = to - length;
        const int mode = at[1] >> 6, rm = at[1] & 7;
        const int sib = mode != 3 && rm == 4;
        const bool far = mode == 2 || (mode == 0 && (rm == 5 || (sib && (at[2] & 7) == 5)));
        if (at[0] == 0xff && (at[1] >> 3 & 7) == 2 &&
            length == 2 + sib + (far ? 4 : mode == 1))
            return true;
    }
    return false;
}

/* Where the direct call leads that ends at `to`, or 0. */
WORKER_ASKED static uintptr_t direct_call(uintptr_t to)
{
    const unsigned char *const at = (const unsigned char *)to - DIRECT_CALL;
    int32_t distance;

    if (at[0] != 0xe8)
        return 0;
    __builtin_memcpy(&distance, at + 1, sizeof distance);
    return to + (uintptr_t)(intptr_t)distance;
}

WORKER_ASKED bool worker_may_return(uintptr_t to)
{
    const uintptr_t base = base_of_object();

    if (within(&held.table.code, to - base))
        return within(&held.table.code, to - base - DIRECT_CALL) &&
               within(&held.table.code, direct_call(to) - base);
    for (int i = 0; i < held.table.images; i++)
        if (within(&held.table.image[i], to))
            return within(&held.table.image[i], to - LONGEST_CALL) &&
                   (direct_call(to) != 0 || is_indirect_call((const unsigned char *)to));
    return false;
}

/* ---- The object's file ---- */

typedef struct {
    const char *bytes;
    uint64_t size;
} file_bytes;

/* `count` things of `size` bytes from there on; NULL: there are not so many, or not aligned. */
static const void *part_of(const file_bytes *f, uint64_t from, uint64_t count, uint64_t size)
{
    const bool aligned = size == 1 || from % sizeof(uint64_t) == 0;

    return aligned && from <= f->size && count <= (f->size - from) / size ? f->bytes + from : NULL;
}

/* UndefinedBehaviorSanitizer's library is a part of C objects. */
static bool is_runtime(const char *name)
{
    static const char *const begin[] = { "_Z", "__ubsan", "__sanitizer", "__asan", "__sancov" };

    for (size_t i = 0; !held.table.cuda && i < sizeof begin / sizeof *begin; i++)
        if (strncmp(name, begin[i], strlen(begin[i])) == 0)
            return true;
    return false;
}

/* No name that only compilers use: sanitizers and the simulator have those. */
static bool may_be_named(const char *name)
{
    char line[256];
    file_error ignored;

    if (strncmp(name, "__", 2) == 0 || strncmp(name, "cusim", 5) == 0)
        return false;
    const int length = snprintf(line, sizeof line, "U %s", name);
    return length < (int)sizeof line &&
           (held.table.cuda ? grade_symbols_allowed : grade_symbols_watched)(line, (size_t)length,
                                                                             &ignored);
}

static void add_import(const char *name)
{
    if (strcmp(name, "__x86_return_thunk") == 0)
        held.table.asks = true;
    if (held.table.imports == MOST_IMPORTS || !may_be_named(name))
        return;
    const uintptr_t at = (uintptr_t)dlsym(RTLD_DEFAULT, name);
    for (int i = 0; i < held.table.images; i++)
        if (within(&held.table.image[i], at)) {
            held.table.import[held.table.imports++] = at;
            return;
        }
}

static void read_symbols(const file_bytes *f, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
    const uint64_t count = table->sh_size / sizeof(Elf64_Sym);
    const Elf64_Sym *const symbol = part_of(f, table->sh_offset, count, sizeof *symbol);
    const char *const names = part_of(f, strings->sh_offset, strings->sh_size, 1);

    if (!symbol || !names || strings->sh_size == 0 || names[strings->sh_size - 1] != '\0')
        return;
    for (uint64_t i = 0; i < count; i++) {
        const char *const name = names + symbol[i].st_name;
        if (symbol[i].st_name >= strings->sh_size)
            continue;
        if (table->sh_type == SHT_DYNSYM && symbol[i].st_shndx == SHN_UNDEF)
            add_import(name);
        if (table->sh_type == SHT_SYMTAB && symbol[i].st_shndx != SHN_UNDEF &&
            ELF64_ST_TYPE(symbol[i].st_info) == STT_FUNC && !is_runtime(name) &&
            held.table.functions < MOST_FUNCTIONS)
            held.table.function[held.table.functions++] = symbol[i].st_value;
    }
}

static void read_object(const file_bytes *f)
{
    const Elf64_Ehdr *const head = part_of(f, 0, 1, sizeof *head);

    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != ELFCLASS64)
        return;
    const Elf64_Phdr *const part = part_of(f, head->e_phoff, head->e_phnum, sizeof *part);
    const Elf64_Shdr *const section = part_of(f, head->e_shoff, head->e_shnum, sizeof *section);
    for (int i = 0; part && i < head->e_phnum; i++)
        if (part[i].p_type == PT_LOAD && (part[i].p_flags & PF_X))
            held.table.code = (range){ part[i].p_vaddr, part[i].p_vaddr + part[i].p_filesz };
    for (int i = 0; section && i < head->e_shnum; i++)
        if ((section[i].sh_type == SHT_SYMTAB || section[i].sh_type == SHT_DYNSYM) &&
            section[i].sh_link < head->e_shnum)
            read_symbols(f, &section[i], &section[section[i].sh_link]);
}

/* ---- The table ---- */

static int add_image(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum && held.table.images < MOST_IMAGES; i++) {
        const ElfW(Phdr) *const part = &info->dlpi_phdr[i];
        const uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X))
            held.table.image[held.table.images++] = (range){ from, from + part->p_memsz };
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const uintptr_t one = *(const uintptr_t *)a, other = *(const uintptr_t *)b;
    return (one > other) - (one < other);
}

void worker_targets_learn(const char *object, bool cuda)
{
    const int fd = open(object, O_RDONLY | O_CLOEXEC);
    struct stat is;

    mprotect(held.pages, sizeof held.pages, PROT_READ | PROT_WRITE);
    held.table = (target_table){ .path = object, .cuda = cuda };
    dl_iterate_phdr(add_image, NULL);
    if (fd >= 0 && fstat(fd, &is) == 0 && is.st_size > 0) {
        const size_t size = (size_t)is.st_size;
        void *const bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            read_object(&(file_bytes){ bytes, size });
            munmap(bytes, size);
        }
    }
    if (fd >= 0)
        close(fd);
    qsort(held.table.function, (size_t)held.table.functions, sizeof(uintptr_t), compare);
    qsort(held.table.import, (size_t)held.table.imports, sizeof(uintptr_t), compare);
    mprotect(held.pages, sizeof held.pages, PROT_READ);
}

void worker_targets_placed(void)
{
    const uintptr_t base = base_of_object();

    mprotect(held.pages, sizeof held.pages, PROT_READ | PROT_WRITE);
    held.table.base = base;
    mprotect(held.pages, sizeof held.pages, PROT_READ);
}
