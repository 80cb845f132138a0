/* idx.h: reads and writes IDX, the format of MNIST's files, plain or packed with gzip.
 *
 * Layout: 0 0 TYPE RANK, then RANK extents as 32-bit big-endian, then the elements, last extent
 *         innermost. The only type here is 0x08, unsigned byte.
 * Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits". */
#ifndef IDX_H
#define IDX_H

#include <stddef.h>
#include <stdint.h>

#include "data/file_error.h"

enum { IDX_MAX_RANK = 4 };

typedef struct {
    int rank;                   /* 1..4 */
    int extent[IDX_MAX_RANK];   /* those from rank on are 1 */
    uint8_t *bytes;             /* [extent[0]] ... [extent[3]] */
} idx_file;

/* Reads the file at `path`, which must have `expected_rank` extents. Whether it is packed is seen
 * from its content. On STATUS_OK the caller owns *file and releases it with idx_free(); otherwise
 * *file is zeroed, *error says what was wrong and where, and the result is STATUS_IO or
 * STATUS_MEMORY. Memory is allocated for bytes that are there, not for those that a header claims.
 * Offsets in messages count unpacked bytes, except where the packing itself is broken. */
status idx_read(const char *path, int expected_rank, idx_file *file, file_error *error);

/* The same for a file's content that is already in memory; `name` is what messages call it. */
status idx_parse(const uint8_t *bytes, size_t size, const char *name, int expected_rank,
                 idx_file *file, file_error *error);

/* Writes *file unpacked to `path`, atomically. Returns STATUS_OK, STATUS_SHAPE or STATUS_IO. */
status idx_write(const char *path, const idx_file *file, file_error *error);

/* Releases the bytes and zeroes *file; a zeroed file is fine too. */
void idx_free(idx_file *file);

#endif
