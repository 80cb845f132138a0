/* safetensors.h: reads and writes safetensors files: named tensors, and strings beside them.
 *
 * Layout: 8 bytes little-endian: length of the header; the header, a JSON object
 *             {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
 *              "__metadata__": {"KEY": "STRING", ...}}
 *         padded with spaces; then the tensors' bytes, row major, little-endian, without holes.
 *         Offsets count from the end of the header.
 * Source: huggingface.co/docs/safetensors, "Format". */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "data/file_error.h"

enum { SAFETENSORS_MAX_RANK = 8 };

typedef enum {
    SAFETENSORS_F64, SAFETENSORS_F32, SAFETENSORS_F16, SAFETENSORS_BF16,
    SAFETENSORS_I64, SAFETENSORS_I32, SAFETENSORS_I16, SAFETENSORS_I8,
    SAFETENSORS_U64, SAFETENSORS_U32, SAFETENSORS_U16, SAFETENSORS_U8,
    SAFETENSORS_BOOL    /* one byte each */
} safetensors_type;

typedef struct {
    const char *name;
    safetensors_type type;
    int rank;                               /* 0 (a scalar) .. 8 */
    int64_t shape[SAFETENSORS_MAX_RANK];    /* extents >= 0; the first `rank` count */
    const void *data;                       /* row major; NULL only where there are no elements */
} safetensors_tensor;

typedef struct {
    const char *key, *value;                /* UTF-8 */
} safetensors_string;

/* A file in memory. The tensors point into `storage`, each aligned to 64 bytes whatever the file
 * did, and live until safetensors_free(). */
typedef struct {
    int tensor_count;
    safetensors_tensor *tensors;            /* in the order of their bytes in the file */
    int metadata_count;
    safetensors_string *metadata;           /* in the order of the header */
    void *storage;                          /* private, as is the next */
    void *header;
} safetensors_file;

/* Bytes of one element; "F32" and the like (static). */
size_t safetensors_type_bytes(safetensors_type type);
const char *safetensors_type_name(safetensors_type type);

/* Number of elements: the product of the shape, 1 for a scalar. */
ptrdiff_t safetensors_count(const safetensors_tensor *tensor);

/* Reads the file at `path`. On STATUS_OK the caller owns *file and releases it with
 * safetensors_free(); otherwise *file is zeroed, *error names the file and the tensor or offset,
 * and the result is STATUS_IO (unreadable, or anything that the format forbids) or
 * STATUS_MEMORY. */
status safetensors_read(const char *path, safetensors_file *file, file_error *error);

/* The same for a file's content that is already in memory (and may be released afterwards); `name`
 * is what messages call it. */
status safetensors_parse(const uint8_t *bytes, size_t size, const char *name,
                         safetensors_file *file, file_error *error);

/* Releases everything and zeroes *file; a zeroed file is fine too. */
void safetensors_free(safetensors_file *file);

/* The tensor of that name, or NULL. The string of that key, or NULL. */
const safetensors_tensor *safetensors_find(const safetensors_file *file, const char *name);
const char *safetensors_metadata(const safetensors_file *file, const char *key);

/* Writes a file with these tensors, atomically (see file_replace): on failure the old file at
 * `path` is as it was. The tensors' bytes lie in the order given, but wider types first, so that
 * each is aligned for readers that map the file. metadata may be NULL where metadata_count is 0.
 * Returns STATUS_OK, STATUS_SHAPE (a rank or an extent out of range), STATUS_VALUE (a name twice,
 * a name or string that is not UTF-8, or the name __metadata__), STATUS_MEMORY or STATUS_IO, with
 * *error saying which. */
status safetensors_write(const char *path, int tensor_count, const safetensors_tensor *tensors,
                         int metadata_count, const safetensors_string *metadata,
                         file_error *error);

#endif
