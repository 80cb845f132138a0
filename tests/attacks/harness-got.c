/* attack: class=harness-symbols, lesson=conv/forward, expect=zero
 * says=exit code
 *
 * Walks the tables that the dynamic linker filled for the program that loaded it, and redirects
 * memcmp(), memcpy(), send(), sendmsg() and write() there to a function that does nothing and
 * reports success: interposition after the fact. */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

static long fine(void)
{
    return 0;
}

static void redirect(uintptr_t base, const ElfW(Dyn) *dynamic)
{
    const ElfW(Sym) *symbols = NULL;
    const ElfW(Rela) *relocation = NULL;
    const char *strings = NULL;
    size_t bytes = 0;

    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SYMTAB)
            symbols = (const void *)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_STRTAB)
            strings = (const void *)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_JMPREL)
            relocation = (const void *)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_PLTRELSZ)
            bytes = dynamic->d_un.d_val;
    }
    for (size_t i = 0; symbols && strings && relocation && i < bytes / sizeof *relocation; i++) {
        const char *const name = strings + symbols[ELF64_R_SYM(relocation[i].r_info)].st_name;
        void **const slot = (void **)(base + relocation[i].r_offset);
        if (!strstr("memcmp memcpy send sendmsg write recvmsg", name) || !*name)
            continue;
        mprotect((void *)((uintptr_t)slot & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE);
        *slot = (void *)fine;
    }
}

static int program(struct dl_phdr_info *about, size_t size, void *unused)
{
    for (int i = 0; i < about->dlpi_phnum; i++)
        if (about->dlpi_phdr[i].p_type == PT_DYNAMIC)
            redirect(about->dlpi_addr,
                     (const void *)(about->dlpi_addr + about->dlpi_phdr[i].p_vaddr));
    return 1;                                   /* the program comes first; no others */
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    dl_iterate_phdr(program, NULL);
}
