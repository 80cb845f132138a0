// wrong: cudaMalloc fails for want of memory, and its result is thrown away
// found: unread-error
#include <cstdio>

int main()
{
    float *table = NULL;
    size_t bytes = (size_t)1 << 40;

    cudaMalloc((void **)&table, bytes); // <- here
    if (table)
        printf("a table of %zu bytes\n", bytes);
    return 0;
}
