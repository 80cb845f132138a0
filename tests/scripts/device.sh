#!/bin/bash
# device.sh: the programs that run the CUDA rows, as TAP: what they say without a GPU, and that whole
# networks train in the simulator as they do on the host.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=build/convlab
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

number=0
ok() { # ok NAME, when the test that was run just before decides
    local code=$?
    number=$((number + 1))
    if [ $code -eq 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$folder/out" "$folder/err"
    fi
}
skip() { # skip NAME REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
run() { # run CODE COMMAND...: keeps what it prints; true if the exit code is CODE
    local expected=$1 code
    shift
    timeout 300 "$@" >"$folder/out" 2>"$folder/err" </dev/null
    code=$?
    [ $code -eq "$expected" ] || echo "exit code $code, expected $expected" >>"$folder/err"
    [ $code -eq "$expected" ]
}
says() { grep -q -e "$1" "$folder/out" "$folder/err"; }

gpu=no
[ -e /dev/nvidiactl ] && gpu=yes
built=no
[ -x build/convlab-cuda ] && built=yes

if [ $gpu = yes ]; then
    skip "without a GPU, train --variant cuda says so" "there is one"
    skip "without a GPU, check --space cuda says so" "there is one"
else
    run 4 $program train cnn-basic --data digits --variant cuda && says "cusim"
    ok "without a GPU, train --variant cuda exits with 4 and offers cusim"
    run 4 $program check --space cuda && says "cusim"
    ok "without a GPU, check --space cuda exits with 4 and offers cusim"
fi
if [ $built = no ]; then
    skip "convlab-cuda knows its rows" "nvcc is not there, so convlab-cuda is not built"
elif [ $gpu = yes ]; then
    run 0 build/convlab-cuda check gemm --space cuda --cases 5
    ok "convlab-cuda checks gemm on the GPU"
else
    run 4 build/convlab-cuda train cnn-basic --data digits --variant cuda && says "device"
    ok "convlab-cuda without a GPU says that there is none"
fi

run 2 $program train cnn-basic --data digits --variant cuda_nothing && says "cuda_naive"
ok "an unknown CUDA variant is refused, and those that there are are listed"
run 2 $program train cnn-basic --data digits --variant openmp --space cusim && says "host"
ok "--space with a host variant is refused"
run 2 $program train cnn-basic --data digits --variant cuda --space gpu && says "cuda or cusim"
ok "an unknown --space is refused"

losses() { # losses NET VARIANT OPTIONS...: step losses of three steps of 8 images
    local net=$1 variant=$2
    shift 2
    run 0 $program train "$net" --data digits --batch 8 --max-steps 3 --variant "$variant" \
        --log-steps "$folder/$net-$variant.csv" "$@"
}
same() { # same A B: step by step equal to 1e-5
    paste -d, "$1" "$2" | awk -F, 'NR > 1 { d = $2 - $4; if (d < 0) d = -d; n++
        if ($1 != $3 || d > 1e-5 * $4) { print "step " $1 ": " $2 " and " $4 > "/dev/stderr"; bad = 1 } }
        END { exit bad || n != 3 }' 2>>"$folder/err"
}
for net in cnn-basic convnet-bn fashion-dnn lenet; do
    losses $net openmp && losses $net cuda --space cusim &&
        same "$folder/$net-openmp.csv" "$folder/$net-cuda.csv"
    ok "$net trains in cusim as on the host, dropout and all"
done
run 0 $program train fashion-dnn --data digits --batch 8 --max-steps 4 --variant cuda --space cusim \
    --out "$folder/whole" &&
    run 0 $program train fashion-dnn --data digits --batch 8 --max-steps 2 --variant cuda \
        --space cusim --out "$folder/halves" &&
    run 0 $program train fashion-dnn --data digits --batch 8 --max-steps 4 --variant cuda \
        --space cusim --out "$folder/halves" --resume &&
    cmp "$folder/whole/model.safetensors" "$folder/halves/model.safetensors" 2>>"$folder/err"
ok "a run on the device that was stopped and resumed ends with the same bits"
run 0 $program eval "$folder/whole" --images 200 --variant cuda --space cusim &&
    cp "$folder/out" "$folder/there" && run 0 $program eval "$folder/whole" --images 200 &&
    cmp "$folder/out" "$folder/there" 2>>"$folder/err"
ok "eval in cusim gives the host's accuracy"
run 0 $program diverge fashion-dnn --data digits --batch 4 --steps 2 --variant naive \
    --variant cuda --space cusim
ok "diverge finds no difference between naive and cuda"

echo "1..$number"
