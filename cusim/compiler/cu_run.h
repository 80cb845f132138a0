/* cu_run.h: child processes, temporary files, and what the host compiler says. */
#ifndef CU_RUN_H
#define CU_RUN_H

#include <stdbool.h>

#include "cusim/compiler/cu_memory.h"
#include "cusim/compiler/cu_options.h"

/* Makes the folder for temporary files. It is removed by cu_folder_remove, and when a signal ends
 * the program. False after a message. */
bool cu_folder_make(void);
void cu_folder_remove(void);
/* A file in it: "N.ending"; to be freed. */
char *cu_folder_file(const char *ending);

/* Runs a command and returns its exit code (127: it could not be started, after a message). With
 * `said`, what it writes on stderr is added to it instead. */
int cu_run(const cu_list *command, cu_text *said, bool verbose);

/* Shows the host compiler's messages: without those parts that only tell how cusim's headers, below
 * the folder own_include, got there, and with the line of source under each. */
void cu_show_messages(const char *messages, const char *own_include);

/* The whole file, or false after a message. */
bool cu_read_file(const char *name, cu_text *text);
bool cu_write_file(const char *name, const cu_text *text);

#endif
