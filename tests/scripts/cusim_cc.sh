#!/bin/bash
# cusim_cc.sh: how the compiler driver cusim-cc behaves, as TAP: options, outputs, messages, exit codes.
set -u
cd "$(dirname "$0")/../.." || exit 1

cusim_cc=${CUSIM_CC:-$PWD/build/cusim-cc}
case $cusim_cc in /*) ;; *) cusim_cc=$PWD/$cusim_cc ;; esac
if [ ! -x "$cusim_cc" ]; then
    echo "1..1"
    echo "not ok 1 - $cusim_cc is not built"
    exit 1
fi
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
export TMPDIR=$place/tmp
mkdir "$TMPDIR"
cd "$place" || exit 1
number=0

verdict() { # verdict NAME COMMAND...: passes if the command succeeds
    local name=$1
    shift
    number=$((number + 1))
    if "$@"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        head -n 8 log | sed 's/^/# /'
    fi
}

cc() { # cc ARGUMENT...: runs cusim-cc; its exit code in code, what it says in log
    timeout 120 "$cusim_cc" "$@" >log 2>&1 </dev/null
    code=$?
}

ends() { # ends CODE ARGUMENT...: cusim-cc with these arguments ends with this exit code
    local expected=$1
    shift
    cc "$@"
    [ $code -eq "$expected" ]
}

says() { grep -qE -- "$1" log; }
prints() { # prints TEXT PROGRAM ARGUMENT...: the program's output is this text
    local text=$1
    shift
    [ "$(timeout 60 "$@" 2>&1 </dev/null)" = "$text" ]
}
all() { # all COMMAND -- COMMAND -- ...: each must succeed
    local part=()
    while [ $# -gt 0 ]; do
        if [ "$1" = -- ]; then
            "${part[@]}" || return 1
            part=()
        else
            part+=("$1")
        fi
        shift
    done
    "${part[@]}"
}
not() { ! "$@"; }
# shellcheck disable=SC2317  # called through all
clean() { [ -z "$(ls -A "$TMPDIR")" ]; }

cat >hello.cu <<'CUDA'
#include <cstdio>
#ifndef ANSWER
#define ANSWER 42
#endif
__global__ void hello(int *x) { *x = ANSWER; }
int main()
{
    int *x, h = 0;
    if (cudaMalloc(&x, sizeof(int))) return 3;
    hello<<<1, 1>>>(x);
    if (cudaMemcpy(&h, x, sizeof h, cudaMemcpyDeviceToHost)) return 3;
    printf("%d\n", h);
    return cudaFree(x);
}
CUDA
cat >part.cu <<'CUDA'
#include "part.h"
__global__ void fill(int *x) { x[threadIdx.x] = VALUE; }
int run_part()
{
    int *x, h[4], sum = 0;
    if (cudaMalloc(&x, sizeof h)) return -1;
    fill<<<1, 4>>>(x);
    if (cudaMemcpy(h, x, sizeof h, cudaMemcpyDeviceToHost)) return -1;
    for (int v : h) sum += v;
    return cudaFree(x) ? -1 : sum;
}
CUDA
mkdir include
echo '#define VALUE 5
int run_part();
extern "C" int from_c(void);' >include/part.h
cat >main.cpp <<'CPP'
#include <cstdio>
#include "part.h"
int main() { std::printf("%d %d\n", run_part(), from_c()); }
CPP
echo 'int from_c(void) { return sizeof(char[sizeof(int)]); }' >plain.c
printf '#include <cstdio>\n__global__ void k(int *x)\n{\n    x[0] = wrong_name;\n}\nint main() {}\n' >error.cu
printf '#include "inner.cuh"\nint main() { }\n' >outer.cu
printf '__global__ void k() { }\n\n__device__ int f() { return 1 }\n' >inner.cuh
printf '__global__ void k(cudaTextureObject_t t, float *x)\n{\n    *x = tex1D<float>(t, 0.5f);\n}\nint main() {}\n' >texture.cu
printf '#include <thrust/device_vector.h>\nint main() {}\n' >thrust.cu
printf '__global__ void k(int n);\n__global__ void k(int n)\n{\n    if (n) k<<<1, 1>>>(n - 1);\n}\nint main() {}\n' >nested.cu

# ---- Asked for nothing, or for help ----
verdict "--help tells how to use it" all ends 0 --help -- says 'usage: cusim-cc' -- says '--check'
verdict "--version" all ends 0 --version -- says 'cusim-cc'
verdict "no file: exit code 2" all ends 2 -- says 'cusim-cc: '
verdict "an unknown option is named: exit code 2" all ends 2 --frobnicate hello.cu -- says "frobnicate"
verdict "a missing file is named" all not ends 0 nowhere.cu -- says 'nowhere.cu'
verdict "a value that is missing" all ends 2 hello.cu -o -- says '-o'
if [ "$(id -u)" -ne 0 ]; then
    cp hello.cu locked.cu && chmod 000 locked.cu
    verdict "an unreadable file is named" all not ends 0 locked.cu -- says 'locked.cu'
    rm -f locked.cu
else
    mkdir folder.cu
    verdict "a folder in place of a file is named" all not ends 0 folder.cu -- says 'folder.cu'
fi
verdict "an output that cannot be written" not ends 0 hello.cu -o no/such/folder/hello
verdict "modes that need a GPU's assembler are refused by name" all not ends 0 -ptx hello.cu -- says 'ptx'

# ---- Outputs ----
verdict "compiles and runs" all ends 0 hello.cu -o hello -- prints 42 ./hello
verdict "says nothing when all is well" [ ! -s log ]
verdict "a.out without -o" all ends 0 hello.cu -- prints 42 ./a.out
verdict "-D reaches the program" all ends 0 -DANSWER=7 hello.cu -o hello -- prints 7 ./hello
verdict "-c makes NAME.o" all ends 0 -c hello.cu -- [ -s hello.o ]
verdict "objects are linked" all ends 0 hello.o -o linked -- prints 42 ./linked
verdict "-c -o" all ends 0 -c hello.cu -o other.o -- ends 0 -o other other.o -- prints 42 ./other
verdict "several files, C and C++ among them" \
    all ends 0 -Iinclude part.cu main.cpp plain.c -o several -- prints "20 4" ./several
verdict "a library of one's own" all ends 0 -Iinclude -c part.cu -- ends 0 -c plain.c -- \
    ar rc libpart.a part.o plain.o -- ends 0 -I include main.cpp -L. -lpart -o with_library -- \
    prints "20 4" ./with_library
verdict "-x cu takes a file of any name" \
    all cp hello.cu hello.txt -- ends 0 -x cu hello.txt -o hello -- prints 42 ./hello
verdict "-E preprocesses to stdout" all ends 0 -E -DANSWER=99 hello.cu -- says '\*x = 99'
verdict "-M lists headers" all ends 0 -M -Iinclude part.cu -- says 'include/part\.h'
verdict "-MMD beside -c" all ends 0 -MMD -Iinclude -c part.cu -- grep -q 'part\.h' part.d
verdict "--keep leaves the translation" all ends 0 --keep hello.cu -o hello -- [ -s hello.cusim.ii ]
verdict "--verbose shows commands" all ends 0 --verbose hello.cu -o hello -- says 'g\+\+'
verdict "runs from another folder" \
    all mkdir elsewhere -- ends 0 "$place/hello.cu" -o elsewhere/hello -- prints 42 elsewhere/hello
verdict "names with blanks" \
    all cp hello.cu "my hello.cu" -- ends 0 "my hello.cu" -o "my hello" -- prints 42 "./my hello"

# ---- Options of nvcc ----
verdict "options of nvcc are accepted" all ends 0 -arch=sm_80 -gencode arch=compute_75,code=sm_75 \
    --gpu-architecture=compute_70 -lineinfo -G -O3 -std=c++17 --expt-relaxed-constexpr \
    --extended-lambda --use_fast_math -Xptxas -v,-O3 -Xcompiler -Wall,-Wextra -maxrregcount=32 \
    --default-stream per-thread -ccbin g++ -lcudart -lcublas -lcurand -lm -w hello.cu -o hello -- \
    prints 42 ./hello
verdict "-dc, -rdc=true and -dlink style builds" \
    all ends 0 -rdc=true -dc -Iinclude part.cu -- ends 0 -rdc=true part.o plain.o -Iinclude main.cpp \
    -o separate -- prints "20 4" ./separate
verdict "C++20" all ends 0 -std=c++20 hello.cu -o hello -- prints 42 ./hello
verdict "C++14" all ends 0 -std=c++14 hello.cu -o hello -- prints 42 ./hello

# ---- Modes ----
verdict "a checked program says that it found nothing" all ends 0 --check hello.cu -o checked -- \
    sh -c './checked 2>&1 >/dev/null | grep -qx "cusim: no findings"'
# shellcheck disable=SC2016  # for the other shell
verdict "CUSIM_CHECK=0 turns the checks off" prints 42 env CUSIM_CHECK=0 ./checked
verdict "--profile makes a program that shows its kernels" all ends 0 --profile hello.cu -o profiled -- \
    sh -c './profiled 2>&1 | grep -q hello'

# Where no other program can be started (here: found), lines come from a file beside the program.
cat >border.cu <<'EOF'
#include <cuda_runtime.h>
__device__ __forceinline__ float next(const float *x, int i)
{
    return x[i + 1];
}
__global__ void shift(const float *x, float *y)
{
    y[threadIdx.x] = next(x, threadIdx.x);
}
int main()
{
    float *x, *y;
    if (cudaMalloc(&x, 128) != cudaSuccess || cudaMalloc(&y, 128) != cudaSuccess ||
        cudaMemset(x, 0, 128) != cudaSuccess)
        return 2;
    shift<<<1, 32>>>(x, y);
    return cudaDeviceSynchronize() == cudaSuccess && cudaFree(x) == cudaSuccess && cudaFree(y) == cudaSuccess ? 0 : 2;
}
EOF
finding() { env "$@" ./border 2>&1 | grep -A1 'out-of-bounds'; }
write_lines() {
    objdump --dwarf=decodedline border | sed -n 's/.*[[:space:]]\(0x[0-9a-f]*\).*/\1/p' | sort -u |
        addr2line -a -f -i -C -e border >border.lines
}
cc --check -g border.cu -o border
finding PATH="$PATH" >with
finding PATH=/nowhere >without
verdict "a finding names its line" grep -q 'border\.cu:4' with
verdict "and that of the allocation" grep -q 'allocation made at border\.cu:13' with
verdict "and cannot without addr2line" not grep -q 'border\.cu:' without
write_lines
finding PATH=/nowhere >kept
verdict "but with what it said in PROGRAM.lines" all [ -s border.lines ] -- cmp with kept
printf '0x\nonsense' >border.lines
finding PATH=/nowhere >damaged
verdict "a damaged file is no harm" grep -q out-of-bounds damaged

# ---- Errors in programs ----
verdict "a compile error: exit code 1" ends 1 error.cu -o error
verdict "and g++'s message at the student's line" says '^error\.cu:4:.*error: .*wrong_name'
verdict "and nothing of cusim's own headers" not says 'cusim/|cusim_|cuda_runtime'
verdict "and no output" [ ! -e error ]
verdict "an error in a header has the header's line" all ends 1 outer.cu -- says '^inner\.cuh:3:.*error'
verdict "textures are refused by name" all ends 1 texture.cu -- \
    says "^texture\.cu:3: error: cusim does not cover 'tex1D'"
verdict "libraries that cusim lacks are named" all ends 1 thrust.cu -- says "cusim does not cover.*Thrust"
verdict "so is dynamic parallelism" all ends 1 nested.cu -- says '^nested\.cu:4:.*dynamic parallelism'
verdict "one bad file among good ones" all ends 1 -c hello.cu error.cu -- says '^error\.cu:4'
verdict "linker errors: exit code 1" all ends 1 -Iinclude main.cpp -o unlinked -- says 'run_part'
verdict "no temporary file is left" clean
echo "1..$number"
