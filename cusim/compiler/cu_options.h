/* cu_options.h: the command line of cusim-cc: nvcc's, as far as it makes sense, and a few of its
 * own. */
#ifndef CU_OPTIONS_H
#define CU_OPTIONS_H

#include <stdbool.h>

typedef struct {
    const char **at;        /* ends with NULL */
    int count, room;
} cu_list;

void cu_list_add(cu_list *list, const char *text);

typedef enum { CU_LINK, CU_COMPILE, CU_PREPROCESS, CU_DEPENDENCIES, CU_ARCHIVE, CU_EMPTY } cu_goal;
typedef enum { CU_SOURCE_CUDA, CU_SOURCE_CXX, CU_SOURCE_C, CU_LINKED } cu_language;

/* What goes to the linker, in the order of the command line: a file, or a flag like -lm. */
typedef struct {
    const char *name;
    cu_language language;
} cu_input;

typedef struct {
    cu_goal goal;
    const char *output;             /* -o, or NULL */
    const char *output_folder;      /* -odir, or NULL */
    const char *standard;           /* -std= as given, or NULL */
    const char *optimise;           /* -O as given, or NULL */
    bool check, profile, keep, verbose, relocatable, warnings, shared;
    bool help, version;
    const char *dependency_file, *dependency_target;
    bool dependencies;              /* -MD or -MMD */
    cu_list preprocess;             /* -I, -D, -U, -include, ... */
    cu_list compile;                /* -fopenmp, -Wall, ... */
    cu_list link;                   /* -Wl,..., -L, -shared, -pthread */
    cu_list dependency_flags;       /* -MMD, -MP, ... */
    cu_input *inputs;
    int input_count, input_room;
    cu_list owned;                  /* text that was made from the command line's */
} cu_options;

/* Reads the command line. False after a message: it is wrong. */
bool cu_options_parse(cu_options *o, int count, char **arguments);
void cu_options_free(cu_options *o);

#endif
