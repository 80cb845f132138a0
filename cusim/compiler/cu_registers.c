/* cu_registers.c: asks nvcc and ptxas, if they are there, how many registers each kernel takes.
 *
 * ptxas -v prints, per kernel, "Compiling entry function 'NAME' for 'sm_80'" and later "Used 40
 * registers, used 1 barriers, 4096 bytes smem, ...". The names are mangled; the runtime reads
 * them. */
#include "cusim/compiler/cu_registers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/compiler/cu_run.h"

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        const size_t length = strcspn(path, ":");
        char *const file = cu_format("%.*s/%s", (int)length, path, program);
        const bool found = access(file, X_OK) == 0;
        free(file);
        if (found)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* Adds a row of the table for each kernel; returns how many. */
static int add_rows(const char *said, cu_text *to)
{
    static const char entry[] = "Compiling entry function '", used[] = ": Used ";
    const char *name = NULL;
    int count = 0, name_length = 0;

    for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char *const text = cu_copy(line, strcspn(line, "\n"));
        const char *at = strstr(text, entry);
        if (at) {
            name = line + (at - text) + sizeof entry - 1;
            name_length = (int)strcspn(name, "'");
        } else if (name && (at = strstr(text, used)) != NULL) {
            const char *shared = strstr(at, " bytes smem");
            while (shared && shared[-1] >= '0' && shared[-1] <= '9')
                shared--;
            cu_print(to, "{ \"%.*s\", %d, %ld }, ", name_length, name,
                     atoi(at + sizeof used - 1), shared ? atol(shared) : 0L);
            name = NULL;
            count++;
        }
        free(text);
    }
    return count;
}

void cu_add_registers(const char *source, const char *standard, const cu_list *flags, bool verbose,
                      cu_text *to)
{
    static const char *const fixed[] = { "nvcc", "-w", "-arch=sm_80", "-cubin", "-Xptxas", "-v",
                                         "-x", "cu" };
    cu_list command = { 0 };
    cu_text said = { 0 }, rows = { 0 };
    int count = 0;

    if (!on_path(fixed[0]))
        return;
    char *const cubin = cu_folder_file("cubin");
    char *const plain_standard = cu_format("-std=c++%s", strstr(standard, "++") + 2);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        cu_list_add(&command, fixed[i]);
    cu_list_add(&command, plain_standard);
    for (int i = 0; i < flags->count; i++)
        cu_list_add(&command, flags->at[i]);
    cu_list_add(&command, "-o");
    cu_list_add(&command, cubin);
    cu_list_add(&command, source);
    if (cu_run(&command, &said, verbose) == 0 && said.text)
        count = add_rows(said.text, &rows);
    if (count)
        cu_print(to, "\nnamespace { const cusim_resources cusim_table[] = { %s};\n"
                     "struct cusim_table_known { cusim_table_known() "
                     "{ cusim_register_resources(cusim_table, %d); } } cusim_table_is_known; }\n",
                 rows.text, count);
    free(cubin);
    free(plain_standard);
    free(said.text);
    free(rows.text);
    free(command.at);
}
