#!/bin/bash
# pytorch_step.sh: bench/peers/pytorch_step.py as TAP: what it writes and adds to, and what it
# refuses. The refusals need no PyTorch.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=bench/peers/pytorch_step.py
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
run() { # run CODE OPTION...: keeps what it prints; true if the exit code is CODE
    local expected=$1 code
    shift
    timeout 100 "$python" $program "$@" >"$folder/out" 2>"$folder/err" </dev/null
    code=$?
    [ $code -eq "$expected" ] || echo "exit code $code, expected $expected" >>"$folder/err"
    [ $code -eq "$expected" ]
}
says() { grep -q -e "$1" "$folder/err"; }
holds() { "$python" -c "
import json, sys
results = json.load(open(sys.argv[1]))
rows = {b['name']: b for b in results['benchmarks']}
context = results['context']
ours, theirs = 'step/fashion-dnn/n7/t1/net/step/openmp', 'step/fashion-dnn/n7/t1/net/step/pytorch'
assert $2
" "$1" 2>>"$folder/err"; }

python=
for candidate in python3 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null 2>&1; then
        python=${python:-$candidate}
        "$candidate" -c 'import torch' >/dev/null 2>&1 && python=$candidate && torch=yes && break
    fi
done
if [ -z "$python" ]; then
    echo "1..1"
    echo "ok 1 - pytorch_step # SKIP python3 is not installed"
    exit 0
fi

run 2 --net resnet && says "resnet"
ok "an unknown network is refused"
run 2 --batch 0 && says "from 1 on, found '0'"
ok "so is an empty batch"
run 3 --merge "$folder/absent.json" && says "absent.json: No such file"
ok "and a file to add to that is not there"
: >"$folder/empty.json"
run 3 --merge "$folder/empty.json" && says "found an empty file"
ok "or empty"
echo '{"context": {' >"$folder/broken.json"
run 3 --merge "$folder/broken.json" && says "broken.json: expected JSON, found"
ok "or broken"
echo '{"context": {}, "benchmarks": []}' >"$folder/foreign.json"
run 3 --merge "$folder/foreign.json" && says "expected results of convlab-bench"
ok "or another program's"
echo '{"context": {"convlab_version": "0", "cpu": "a 6502"}, "benchmarks": []}' \
    >"$folder/other.json"
run 3 --merge "$folder/other.json" && says "found those of 'a 6502'"
ok "or another machine's"
run 3 --json "$folder/no/such/folder.json" && says "there is no such folder"
ok "and a folder that is not there"

quick="--net fashion-dnn --batch 7 --threads 1 --rounds 3 --steps 3"
if [ "${torch:-no}" = no ]; then
    number=$((number + 1))
    echo "ok $number - measuring # SKIP python3-torch is not installed"
    echo "1..$number"
    exit 0
fi

# shellcheck disable=SC2086  # options
run 0 $quick --json "$folder/new.json" &&
    holds "$folder/new.json" "list(rows) == [ours, theirs] and 'pytorch_version' in context" &&
    holds "$folder/new.json" "0 < rows[theirs]['ratio_low'] <= rows[theirs]['ratio'] \
        <= rows[theirs]['ratio_high'] and 'role=peer' in rows[theirs]['label']"
ok "--json writes both steps with the ratio of the rounds"

"$python" - "$folder/new.json" "$folder/base.json" <<'PYTHON'
import json, sys
results = json.load(open(sys.argv[1]))
ours = results["benchmarks"][0]
ours["name"] += "/iterations:1/manual_time"
ours.update(real_time=1e9, parts=0.98, flop=1e6, gflops=1.0)
results["benchmarks"] = [{"name": "ceiling/flop/avx2/t1", "real_time": 1}, ours]
json.dump(results, open(sys.argv[2], "w"))
PYTHON
renamed="ours + '/iterations:1/manual_time'"
# shellcheck disable=SC2086
run 0 $quick --merge "$folder/base.json" &&
    holds "$folder/base.json" "list(rows) == ['ceiling/flop/avx2/t1', $renamed, theirs]" &&
    holds "$folder/base.json" "0 < rows[$renamed]['real_time'] < 1e9 and \
        rows[$renamed]['parts'] == 0.98 and rows[$renamed]['gflops'] != 1.0"
ok "--merge adds PyTorch's and renews our time, and leaves the rest alone"

[ "$(ls "$folder" | grep -c 'json\.')" -eq 0 ]
ok "no temporary file is left"
echo "1..$number"
