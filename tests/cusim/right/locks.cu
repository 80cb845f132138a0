// Threads that exclude each other: a dot product whose blocks add under a lock, a lock that every
// lane of a warp takes, a ticket lock, and atomics made from atomicCAS.
#include <cstdio>
#include <cstdlib>
#define HANDLE(err) handle( err, __FILE__, __LINE__ )
static void handle( cudaError_t err, const char *file, int line ) {
    if ( err != cudaSuccess ) {
        printf( "%s at %s:%d\n", cudaGetErrorString( err ), file, line );
        exit( EXIT_FAILURE );
    }
}

class Mutex {
    int *state;
public:
    Mutex() {
        HANDLE( cudaMalloc( (void**)&state, sizeof( int ) ) );
        HANDLE( cudaMemset( state, 0, sizeof( int ) ) );
    }
    void destroy() { HANDLE( cudaFree( state ) ); }
    __device__ bool try_lock() {
        if ( atomicCAS( state, 0, 1 ) != 0 ) return false;
        __threadfence();
        return true;
    }
    __device__ void lock() { while ( !try_lock() ); }
    __device__ void unlock() {
        __threadfence();
        atomicExch( state, 0 );
    }
};

__global__ void dot( Mutex mutex, const float *a, const float *b, float *c, int n ) {
    __shared__ float part[128];
    float sum = 0;
    for ( int i = threadIdx.x + blockIdx.x * blockDim.x; i < n; i += blockDim.x * gridDim.x )
        sum += a[i] * b[i];
    part[threadIdx.x] = sum;
    __syncthreads();
    for ( int half = blockDim.x / 2; half != 0; half /= 2 ) {
        if ( threadIdx.x < half ) part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if ( threadIdx.x == 0 ) {
        mutex.lock();
        *c += part[0];
        mutex.unlock();
    }
}

// Every thread takes the lock; released inside the loop, so that lanes of one warp do not block.
__global__ void push_all( Mutex mutex, int *count, int *stack ) {
    for ( bool done = false; !done; ) {
        if ( mutex.try_lock() ) {
            stack[(*count)++] = blockIdx.x * blockDim.x + threadIdx.x;
            mutex.unlock();
            done = true;
        }
    }
}

__device__ unsigned next_ticket, serving;

__global__ void in_turn( int *order ) {
    if ( threadIdx.x == 0 ) {
        unsigned mine = atomicAdd( &next_ticket, 1u );
        while ( atomicAdd( &serving, 0u ) != mine ) __nanosleep( 20 );
        __threadfence();
        order[mine] = blockIdx.x;
        __threadfence();
        atomicAdd( &serving, 1u );
    }
}

__device__ float max_of( float *p, float v ) {
    int *bits = (int *)p, old = *bits, seen;
    do {
        seen = old;
        if ( __int_as_float( seen ) >= v ) break;
        old = atomicCAS( bits, seen, __float_as_int( v ) );
    } while ( old != seen );
    return __int_as_float( old );
}

__device__ double add_to( double *p, double v ) {
    unsigned long long *bits = (unsigned long long *)p, old = *bits, seen;
    do {
        seen = old;
        old = atomicCAS( bits, seen, __double_as_longlong( v + __longlong_as_double( seen ) ) );
    } while ( seen != old );
    return __longlong_as_double( old );
}

__global__ void extremes( const float *x, int n, float *most, double *sum ) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if ( i < n ) {
        max_of( most, x[i] );
        add_to( sum, x[i] );
    }
}

int main() {
    const int n = 2000;
    float h[n], *a, *b, *c, result, most;
    double sum;
    int wrong = 0, *count, *stack, pushed[128], total = 0;
    for ( int i = 0; i < n; i++ ) h[i] = i % 8 - 50.0f;
    HANDLE( cudaMalloc( &a, sizeof h ) );
    HANDLE( cudaMalloc( &b, sizeof h ) );
    HANDLE( cudaMalloc( &c, 2 * sizeof(double) ) );
    HANDLE( cudaMalloc( &count, sizeof(int) ) );
    HANDLE( cudaMalloc( &stack, sizeof pushed ) );
    HANDLE( cudaMemcpy( a, h, sizeof h, cudaMemcpyHostToDevice ) );
    HANDLE( cudaMemcpy( b, a, sizeof h, cudaMemcpyDeviceToDevice ) );
    HANDLE( cudaMemset( c, 0, 2 * sizeof(double) ) );
    HANDLE( cudaMemset( count, 0, sizeof(int) ) );
    Mutex mutex;
    dot<<<8,128>>>( mutex, a, b, c, n );
    HANDLE( cudaMemcpy( &result, c, sizeof result, cudaMemcpyDeviceToHost ) );
    double want = 0, plain = 0;
    for ( float v : h ) { want += v * v; plain += v; }
    wrong += result != (float)want;

    push_all<<<4,32>>>( mutex, count, stack );
    HANDLE( cudaMemcpy( pushed, stack, sizeof pushed, cudaMemcpyDeviceToHost ) );
    for ( int p : pushed ) total += p;
    wrong += total != 127 * 128 / 2;

    in_turn<<<5,32>>>( stack );
    HANDLE( cudaMemcpy( pushed, stack, 5 * sizeof(int), cudaMemcpyDeviceToHost ) );
    wrong += pushed[0] + pushed[1] + pushed[2] + pushed[3] + pushed[4] != 10;

    const float low = -1e30f;
    HANDLE( cudaMemcpy( c, &low, sizeof low, cudaMemcpyHostToDevice ) );
    extremes<<<20,100>>>( a, n, c, (double *)c + 1 );
    HANDLE( cudaMemcpy( &most, c, sizeof most, cudaMemcpyDeviceToHost ) );
    HANDLE( cudaMemcpy( &sum, (double *)c + 1, sizeof sum, cudaMemcpyDeviceToHost ) );
    wrong += most != -43.0f || sum != plain;
    printf( "%g, %d, %g, %g: %d wrong\n", result, total, most, sum, wrong );
    HANDLE( cudaFree( a ) );
    HANDLE( cudaFree( b ) );
    HANDLE( cudaFree( c ) );
    HANDLE( cudaFree( count ) );
    HANDLE( cudaFree( stack ) );
    mutex.destroy();
    return wrong;
}
