/* whole_file.h: a file read in one piece, and a file replaced in one step. */
#ifndef WHOLE_FILE_H
#define WHOLE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "data/file_error.h"

/* Reads a regular file of at most `limit` bytes. On success *bytes, to be released with free(), is
 * never NULL, not even for an empty file. Returns STATUS_IO (missing, a folder, not readable,
 * longer than limit) or STATUS_MEMORY, and says so in *error. */
status file_read_whole(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                       file_error *error);

typedef struct {
    const void *bytes;
    size_t size;
} file_part;

/* Makes `path` hold the parts, one after the other, or leaves it as it was: writes a temporary
 * file in the same folder, flushes it to the disk, renames it, flushes the folder. Whenever the
 * process or the machine stops, path is either the old file or the whole new one. A failure
 * removes the temporary file and returns STATUS_IO; a SIGKILL may leave PATH.part-PID behind.
 * A path that exists and is no regular file is refused. */
status file_replace(const char *path, int part_count, const file_part *parts, file_error *error);

#endif
