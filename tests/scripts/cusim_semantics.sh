#!/bin/bash
# cusim_semantics.sh: the small CUDA programs in tests/cusim/semantics, as TAP: each compiles with
# cusim-cc, plain and with --check, says "ok", and is accused of nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1

compiler=${CUSIM_CC:-build/cusim-cc}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

number=0
verdict() { # verdict NAME FAILED: what was said is in $folder/output
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$folder/output"
    fi
}

try() { # try SOURCE [FLAG]: compiles and runs one program
    timeout 300 "$compiler" ${2:+"$2"} "$1" -o "$folder/program" >"$folder/output" 2>&1 &&
        timeout 120 "$folder/program" >"$folder/output" 2>&1 &&
        grep -qx ok "$folder/output" && ! grep -q '^cusim: .*:' "$folder/output"
}

for source in tests/cusim/semantics/*.cu; do
    name=$(basename "$source" .cu)
    try "$source"
    verdict "$name" $?
    try "$source" --check
    verdict "$name --check" $?
done

echo "1..$number"
