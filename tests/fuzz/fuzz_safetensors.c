/* fuzz_safetensors.c: any bytes at all as a safetensors file. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "data/safetensors.h"

static void check_file(const safetensors_file *file)
{
    volatile uint8_t sum = 0;                   /* every byte that is promised can be read */

    for (int i = 0; i < file->tensor_count; i++) {
        const safetensors_tensor *const t = &file->tensors[i];
        const size_t bytes = (size_t)safetensors_count(t) * safetensors_type_bytes(t->type);
        if ((uintptr_t)t->data % 64 != 0 || safetensors_find(file, t->name) != t)
            abort();
        for (size_t b = 0; b < bytes; b++)
            sum = (uint8_t)(sum + ((const uint8_t *)t->data)[b]);
    }
    for (int i = 0; i < file->metadata_count; i++)
        if (safetensors_metadata(file, file->metadata[i].key) != file->metadata[i].value)
            abort();
}

static void parse(const uint8_t *bytes, size_t size)
{
    safetensors_file file;
    file_error error = { "" };

    if (safetensors_parse(bytes, size, "fuzz", &file, &error) == STATUS_OK)
        check_file(&file);
    else if (file.tensors || file.storage || file.header || !error.text[0])
        abort();
    safetensors_free(&file);
}

/* Parses the input twice: as it is, and with the header's length set to end at its last brace, for
 * most changes to a header would otherwise be stopped by its length. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t end = size;

    parse(bytes, size);
    while (end > 8 && bytes[end - 1] != '}')
        end--;
    if (end <= 8)
        return 0;
    uint8_t *const repaired = malloc(size);
    if (!repaired)
        abort();
    memcpy(repaired, bytes, size);
    for (int i = 0; i < 8; i++)
        repaired[i] = (uint8_t)((uint64_t)(end - 8) >> (8 * i));
    parse(repaired, size);
    free(repaired);
    return 0;
}

size_t fuzz_seed(int index, uint8_t *bytes)
{
    static const struct {
        const char *header;
        size_t data;
    } seeds[] = {
        { "{}", 0 },
        { "{\"__metadata__\":{\"net\":\"lenet\",\"epoch\":\"3\"}}", 0 },
        { "{\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}", 16 },
        { "{\"__metadata__\":{\"a\":\"b\"},"
          "\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
          "\"w\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[8,20]},"
          "\"e\":{\"dtype\":\"BOOL\",\"shape\":[0],\"data_offsets\":[20,20]},"
          "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[20,23]}}   ", 23 },
    };

    if (index >= (int)(sizeof seeds / sizeof seeds[0]))
        return 0;
    const size_t length = strlen(seeds[index].header);
    memset(bytes, 0, 8 + length + seeds[index].data);
    bytes[0] = (uint8_t)length;
    bytes[1] = (uint8_t)(length >> 8);
    memcpy(bytes + 8, seeds[index].header, length);
    return 8 + length + seeds[index].data;
}
