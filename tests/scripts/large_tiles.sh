#!/bin/bash
# large_tiles.sh: CUDA products with enough tiles for the largest kind (gemm_cuda_tile.cuh), which
# no drawn problem has, and sums so long that many blocks share them; in the simulator, as TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
number=0

holds() { # holds VARIANT PASS SHAPE [--checked]
    local output
    number=$((number + 1))
    if output=$(timeout 900 build/convlab check "$1" --pass "$2" --shape "$3" --seed 1 \
                --space cusim ${4+"$4"} 2>&1) && grep -q '^1 passed' <<<"$output"; then
        echo "ok $number - $1 $2 ${4-} $3"
    else
        echo "not ok $number - $1 $2 ${4-} $3"
        sed 's/^/# /' <<<"$output"
    fi
}

large=m=2050,n=2049,k=17
for transposed in "" ,transpose_b=1 ,transpose_a=1,beta_percent=50 ,transpose_a=1,transpose_b=1; do
    holds gemm/cuda_register forward $large$transposed
done
holds gemm/cuda_register forward m=2052,n=2052,k=8,lda_extra=4,ldc_extra=4,beta_percent=-100
holds gemm/cuda_tf32 forward m=2049,n=2050,k=9
holds gemm/cuda_tf32x3 forward m=2050,n=2049,k=9,transpose_a=1,transpose_b=1
holds gemm/cuda_register forward m=2050,n=2049,k=3 --checked

wide=n=2,c=1,h=92,w=91,oc=129,kernel_h=1,kernel_w=1,bias=1
deep=n=2,c=129,h=92,w=91,oc=1,kernel_h=3,kernel_w=1,pad_top=1,pad_bottom=1
holds conv2d/cuda_implicit_gemm forward $wide
holds conv2d/cuda_implicit_gemm backward_data $deep
holds conv2d/cuda_tf32x3 forward $wide
holds conv1x1/cuda_gemm forward n=2,c=2,h=92,w=91,oc=129,bias=1

for variant in cuda_register cuda_tf32 cuda_tf32x3; do
    holds gemm/$variant forward m=70,n=9,k=5000,beta_percent=30
done
holds conv2d/cuda_implicit_gemm backward_weights n=5,c=3,h=60,w=60,oc=70,kernel_h=3,kernel_w=3
holds conv2d/cuda_implicit_gemm backward_weights n=2,c=3,h=30,w=30,oc=6,groups=3,bias=1 --checked

echo "1..$number"
