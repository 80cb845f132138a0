/* fuzz_idx.c: any bytes at all as an IDX file. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    idx_file file;
    file_error error;

    for (int rank = 1; rank <= IDX_MAX_RANK; rank++) {
        memset(&error, 0, sizeof error);
        if (idx_parse(bytes, size, "fuzz", rank, &file, &error) != STATUS_OK) {
            if (file.bytes || !error.text[0])
                abort();
            continue;
        }
        size_t count = 1;
        for (int i = 0; i < rank; i++)
            count *= (size_t)file.extent[i];
        volatile uint8_t sum = 0;               /* every byte that is promised can be read */
        for (size_t i = 0; i < count; i++)
            sum = (uint8_t)(sum + file.bytes[i]);
        idx_free(&file);
    }
    return 0;
}

size_t fuzz_seed(int index, uint8_t *bytes)
{
    static const uint8_t images[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2,
                                      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    static const uint8_t labels[] = { 0, 0, 8, 1, 0, 0, 0, 5, 9, 8, 7, 6, 5 };
    const uint8_t *const plain = index % 2 ? labels : images;
    const size_t size = index % 2 ? sizeof labels : sizeof images;
    z_stream z = { 0 };

    if (index > 3)
        return 0;
    if (index < 2) {
        memcpy(bytes, plain, size);
        return size;
    }
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = (z_const Bytef *)(uintptr_t)plain;
    z.avail_in = (uInt)size;
    z.next_out = bytes;
    z.avail_out = FUZZ_MAX_BYTES;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return FUZZ_MAX_BYTES - z.avail_out;
}
