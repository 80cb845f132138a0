/* idx.c: reads and writes IDX, plain or packed with gzip.
 *
 * Idea:  a source hands out bytes, copied or inflated, to a parser that does not care which. The
 *        body's buffer grows as bytes arrive, so a packed file that lies about its size costs
 *        no more memory than it has bytes.
 * Source: RFC 1952 (gzip); zlib.h. */
#include "data/idx.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "data/whole_file.h"
#include "kernels/core/extent.h"

enum {
    TYPE_UBYTE = 0x08,
    MAX_HEADER = 4 + 4 * IDX_MAX_RANK
};

static const size_t largest_file = (size_t)1 << 31;
static const size_t first_chunk = (size_t)1 << 20;

typedef struct {
    const char *name;
    const uint8_t *bytes;
    size_t size, used;          /* of the bytes as they are in the file */
    bool packed, ended;
    z_stream z;
    file_error *error;
} source;

static status source_open(source *s)
{
    s->packed = s->size >= 2 && s->bytes[0] == 0x1f && s->bytes[1] == 0x8b;
    if (!s->packed)
        return STATUS_OK;
    /* 15 bits of window, + 16: a gzip header and trailer, whose CRC zlib checks */
    if (inflateInit2(&s->z, 15 + 16) != Z_OK)
        return file_refuse(s->error, STATUS_MEMORY, "%s: no memory to unpack it", s->name);
    return STATUS_OK;
}

static void source_close(source *s)
{
    if (s->packed)
        inflateEnd(&s->z);
}

/* After a gzip stream there may be another, whose content continues the first. */
static status next_stream(source *s)
{
    const size_t left = s->size - s->used;

    if (left == 0) {
        s->ended = true;
        return STATUS_OK;
    }
    if (left >= 2 && s->bytes[s->used] == 0x1f && s->bytes[s->used + 1] == 0x8b) {
        inflateReset(&s->z);
        return STATUS_OK;
    }
    return file_refuse(s->error, STATUS_IO,
                       "%s: packed offset %zu: expected the end, found %zu trailing bytes",
                       s->name, s->used, left);
}

static status take_packed(source *s, uint8_t *out, size_t *count)
{
    size_t done = 0;

    while (done < *count && !s->ended) {
        const size_t in = s->size - s->used, room = *count - done;
        s->z.next_in = (z_const Bytef *)(uintptr_t)(s->bytes + s->used);
        s->z.avail_in = (uInt)in;               /* both fit: no file is larger than 2^31 */
        s->z.next_out = out + done;
        s->z.avail_out = (uInt)room;
        const int result = inflate(&s->z, Z_NO_FLUSH);
        s->used += in - s->z.avail_in;
        done += room - s->z.avail_out;
        if (result == Z_STREAM_END) {
            const status next = next_stream(s);
            if (next != STATUS_OK)
                return next;
        } else if (result == Z_BUF_ERROR) {
            return file_refuse(s->error, STATUS_IO,
                               "%s: packed offset %zu: truncated within its gzip stream", s->name,
                               s->size);
        } else if (result == Z_MEM_ERROR) {
            return file_refuse(s->error, STATUS_MEMORY, "%s: no memory to unpack it", s->name);
        } else if (result != Z_OK) {
            return file_refuse(s->error, STATUS_IO, "%s: packed offset %zu: damaged gzip: %s",
                               s->name, s->used, s->z.msg ? s->z.msg : "preset dictionary");
        }
    }
    *count = done;
    return STATUS_OK;
}

/* Fills out[*count]; *count becomes fewer where the content ends before. */
static status take(source *s, uint8_t *out, size_t *count)
{
    if (s->packed)
        return take_packed(s, out, count);
    if (*count > s->size - s->used)
        *count = s->size - s->used;
    if (*count > 0)
        memcpy(out, s->bytes + s->used, *count);
    s->used += *count;
    return STATUS_OK;
}

static status truncated(const source *s, size_t expected, size_t found)
{
    return file_refuse(s->error, STATUS_IO,
                       "%s: offset %zu: truncated: expected %zu bytes, found %zu", s->name, found,
                       expected, found);
}

static status parse_header(source *s, int expected_rank, idx_file *file, size_t *body)
{
    uint8_t header[MAX_HEADER] = { 0 };
    const size_t wanted = 4 + 4 * (size_t)expected_rank;
    size_t found = wanted;
    ptrdiff_t count;

    const status taken = take(s, header, &found);
    if (taken != STATUS_OK)
        return taken;
    if (found == 0)
        return file_refuse(s->error, STATUS_IO, "%s: offset 0: expected IDX, found no bytes",
                           s->name);
    if (header[0] != 0 || (found > 1 && header[1] != 0))
        return file_refuse(s->error, STATUS_IO,
                           "%s: offset 0: expected the magic number 00 00, found %02x %02x",
                           s->name, header[0], header[1]);
    if (found > 2 && header[2] != TYPE_UBYTE)
        return file_refuse(s->error, STATUS_IO,
                           "%s: offset 2: expected type 08 (unsigned byte), found %02x", s->name,
                           header[2]);
    if (found > 3 && header[3] != expected_rank)
        return file_refuse(s->error, STATUS_IO, "%s: offset 3: expected %d extents, found %d",
                           s->name, expected_rank, header[3]);
    if (found < wanted)
        return truncated(s, wanted, found);

    file->rank = expected_rank;
    for (int i = 0; i < IDX_MAX_RANK; i++)
        file->extent[i] = 1;
    for (int i = 0; i < expected_rank; i++) {
        const uint8_t *const at = header + 4 + 4 * i;
        const uint32_t extent = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
                                (uint32_t)at[2] << 8 | (uint32_t)at[3];
        if (extent > INT32_MAX)
            return file_refuse(s->error, STATUS_IO,
                               "%s: offset %d: expected an extent of at most %d, found %u",
                               s->name, 4 + 4 * i, INT32_MAX, extent);
        file->extent[i] = (int)extent;
    }
    if (!extent_product(expected_rank, file->extent, &count) ||
        (size_t)count > largest_file - wanted)
        return file_refuse(s->error, STATUS_IO,
                           "%s: offset 4: expected extents of at most %zu bytes, found %d x %d x "
                           "%d x %d", s->name, largest_file - wanted, file->extent[0],
                           file->extent[1], file->extent[2], file->extent[3]);
    *body = (size_t)count;
    return STATUS_OK;
}

static status parse_body(source *s, size_t body, idx_file *file)
{
    const size_t header = 4 + 4 * (size_t)file->rank;
    size_t room = body, filled = 0;

    if (!s->packed && s->size - header < body)
        return truncated(s, header + body, s->size);
    if (s->packed && room > first_chunk)
        room = first_chunk;
    for (;;) {
        uint8_t *const grown = realloc(file->bytes, room > 0 ? room : 1);
        if (!grown)
            return file_refuse(s->error, STATUS_MEMORY, "%s: no memory for its %zu bytes",
                               s->name, body);
        file->bytes = grown;
        size_t count = room - filled;
        const status taken = take(s, grown + filled, &count);
        if (taken != STATUS_OK)
            return taken;
        filled += count;
        if (filled < room)
            return truncated(s, header + body, header + filled);
        if (filled == body)
            break;
        room = room < body / 2 ? 2 * room : body;
    }

    uint8_t extra;
    size_t beyond = 1;                          /* also makes zlib reach and check the CRC */
    const status taken = take(s, &extra, &beyond);
    if (taken != STATUS_OK)
        return taken;
    if (beyond > 0)
        return file_refuse(s->error, STATUS_IO,
                           "%s: offset %zu: expected the end, found trailing bytes", s->name,
                           header + body);
    return STATUS_OK;
}

status idx_parse(const uint8_t *bytes, size_t size, const char *name, int expected_rank,
                 idx_file *file, file_error *error)
{
    source s = { .name = name, .bytes = bytes, .size = size, .error = error };
    size_t body = 0;

    memset(file, 0, sizeof *file);
    if (expected_rank < 1 || expected_rank > IDX_MAX_RANK)
        return file_refuse(error, STATUS_SHAPE, "%s: %d extents: 1 to 4 are possible", name,
                           expected_rank);
    if (size > largest_file)
        return file_refuse(error, STATUS_IO, "%s: expected at most %zu bytes, found %zu", name,
                           largest_file, size);
    status result = source_open(&s);
    if (result != STATUS_OK)
        return result;
    result = parse_header(&s, expected_rank, file, &body);
    if (result == STATUS_OK)
        result = parse_body(&s, body, file);
    source_close(&s);
    if (result != STATUS_OK)
        idx_free(file);
    return result;
}

status idx_read(const char *path, int expected_rank, idx_file *file, file_error *error)
{
    uint8_t *bytes;
    size_t size;

    memset(file, 0, sizeof *file);
    const status read = file_read_whole(path, largest_file, &bytes, &size, error);
    if (read != STATUS_OK)
        return read;
    const status parsed = idx_parse(bytes, size, path, expected_rank, file, error);
    free(bytes);
    return parsed;
}

status idx_write(const char *path, const idx_file *file, file_error *error)
{
    uint8_t header[MAX_HEADER] = { 0, 0, TYPE_UBYTE, (uint8_t)file->rank };
    ptrdiff_t count;

    if (file->rank < 1 || file->rank > IDX_MAX_RANK ||
        !extent_product(file->rank, file->extent, &count) || (size_t)count >= largest_file)
        return file_refuse(error, STATUS_SHAPE, "%s: cannot write: impossible extents", path);
    for (int i = 0; i < file->rank; i++)
        for (int byte = 0; byte < 4; byte++)
            header[4 + 4 * i + byte] = (uint8_t)((uint32_t)file->extent[i] >> (24 - 8 * byte));
    const file_part parts[] = { { header, 4 + 4 * (size_t)file->rank },
                                { file->bytes, (size_t)count } };
    return file_replace(path, 2, parts, error);
}

void idx_free(idx_file *file)
{
    free(file->bytes);
    memset(file, 0, sizeof *file);
}
