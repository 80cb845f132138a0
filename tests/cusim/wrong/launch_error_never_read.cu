// wrong: a launch fails and the program never asks for the error
// found: unread-error
// also: bad-launch
#include <stdio.h>

__global__ void hello() { printf("hello from thread %d\n", threadIdx.x); }

int main()
{
    hello<<<1, 1025>>>(); // <- here
    printf("done\n");
    return 0;
}
