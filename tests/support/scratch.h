/* scratch.h: a folder of its own for each test program, gone when it ends. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>

/* Group setup and teardown for cmocka: makes the folder below $TMPDIR or /tmp; removes it with all
 * that is in it. */
int scratch_make(void **state);
int scratch_remove(void **state);

/* The path of `name` in the folder ("" for the folder itself). Static: lasts eight more calls. */
const char *scratch_path(const char *name);

/* Writes a file into the folder and returns its path, as above. Its parent folder must exist. */
const char *scratch_write(const char *name, const void *bytes, size_t size);

/* How many files and folders the folder `path` holds; -1 if there is no such folder. */
int scratch_entries(const char *path);

#endif
