#!/bin/bash
# bench.sh: convlab-bench, as TAP: names, labels and counters of its results, flags, errors, exit codes.
set -u
cd "$(dirname "$0")/../.." || exit 1

bench=${CONVLAB_BENCH:-$PWD/build/convlab-bench}
if [ ! -x "$bench" ]; then
    echo "1..0 # SKIP $bench is not built; make benches builds it"
    exit 0
fi
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
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

ends() { # ends CODE ARGUMENT...: with these arguments it ends with that exit code; what it says: log
    local expected=$1 code
    shift
    timeout 100 "$bench" "$@" >log 2>&1 </dev/null
    code=$?
    [ $code -eq "$expected" ] || { echo "exit code $code" >>log; false; }
}

says() { grep -qE -- "$1" log; }
holds() { grep -qE -- "$2" "$1"; }
count_of() { grep -cE -- "$2" "$1"; }
refuses() { # refuses CODE TEXT ARGUMENT...
    local code=$1 text=$2
    shift 2
    ends "$code" "$@" && says "$text"
}

quickly=(--budget 0.01 --ceilings 0 --no-steps --threads 1)
any=$("$bench" --benchmark_list_tests | grep -E '^add/forward/[^/]*/n[0-9]+/t[0-9]+/warm/naive$' | head -n 1)
group=${any%/t[0-9]*}

verdict "help names every option" ends 0 --help
verdict "and Google Benchmark's" says --benchmark_filter
verdict "version" ends 0 --version
verdict "list: names only, of all concepts" ends 0 --benchmark_list_tests --quick
every_concept() {
    local concept
    for concept in gemm conv2d pad2d conv1x1 pool2d batchnorm2d linear activation dropout add concat \
        softmax_ce mse adam init ceiling step; do
        grep -q "^$concept/" log || { echo "no $concept" >>log; return 1; }
    done
    ! grep -qvE '^[a-z0-9_]+(/[A-Za-z0-9_.-]+)+$' log
}
verdict "list: every concept, ceilings, steps; no more than a name on a line" every_concept

verdict "one group" ends 0 "${quickly[@]}" --benchmark_filter="^$group/" --benchmark_out=one.json
verdict "the table has the control" says '^  control .* \['
verdict "and the A/A summary" says '^A/A: '
described() {
    local key
    for key in '"name": "[a-z0-9_]*/[^"]*/t1/warm/naive"' '"name": "[^"]*/t1/cold/control"' \
        'label": "role=own space=host precision=fp32 verdict=BASE roof=none valid=yes shape=' \
        'role=control' '"flop": ' '"bytes": ' '"gflops": ' '"gbs": ' '"ratio": ' '"ratio_low": ' \
        '"ratio_high": ' '"yard": ' '"yard_low": ' '"yard_high": ' '"rounds": ' '"copies": ' '"error": ' \
        '"machine": ' '"cpu": ' '"isa": ' '"threads": "1"' '"affinity": ' '"compiler": ' '"flags": ' \
        '"commit": ' '"convlab_version": ' '"command": '; do
        holds one.json "$key" || { echo "no $key" >>log; return 1; }
    done
}
verdict "names, labels, counters and context as in bench/result.h" described
verdict "no name ends as the library would end it" eval '! holds one.json "iterations:1|manual_time"'
verdict "no figure that is none" eval '! holds one.json "[nN]a[nN][,\"]|: -?[iI]nf"'
two_sets() { [ "$(count_of one.json '"copies": 1.0')" -ge 1 ] && holds one.json '"copies": ([2-9]|.*e\+0[1-9])'; }
verdict "warm has one set of buffers, cold many" two_sets
verdict "repetitions measure afresh" ends 0 "${quickly[@]}" --warm --benchmark_repetitions=2 \
    --benchmark_filter="^$group/.*/naive$" --benchmark_out=two.json
afresh() {
    [ "$(grep -A20 '"run_type": "iteration"' two.json | grep '"real_time"' | sort -u | wc -l)" -eq 2 ]
}
verdict "and report two times" afresh
verdict "a filter may end with \$ or exclude" ends 0 --benchmark_list_tests \
    --benchmark_filter="-control$"
verdict "so no control is listed" eval '! says "/control$"'
verdict "rows of the device without a GPU are skipped with a reason" ends 0 "${quickly[@]}" \
    --benchmark_filter='^add/forward/.*/tgpu/' --benchmark_out=gpu.json
no_gpu() { [ -e /dev/nvidiactl ] || holds gpu.json '"error_message": "no GPU'; }
verdict "which is that there is none" no_gpu
verdict "json on stdout" ends 0 "${quickly[@]}" --warm --benchmark_filter="^$group/" \
    --benchmark_format=json
verdict "has no table in it" eval '! says "^A/A"'

verdict "unknown option" refuses 2 quickest --quickest
verdict "stray argument" refuses 2 "found 'fast'" fast
verdict "unknown concept" refuses 2 "there are .*conv2d" --concept conv3d
verdict "threads out of range" refuses 2 "--threads: expected 1 to 1024, found '0'" --threads 0
verdict "a budget that is none" refuses 2 "--budget: expected" --budget x
verdict "unknown flag of Google Benchmark" refuses 2 benchmark_filtre --benchmark_filtre=x
verdict "a filter that selects nothing" refuses 2 nothing_like_that --benchmark_filter=nothing_like_that
verdict "a device that is not there" eval '[ -e /dev/nvidiactl ] || refuses 4 "--space cuda" --space cuda'
verdict "a folder that is not there" refuses 3 "/no/such/place/x.json.tmp: No such file" "${quickly[@]}" \
    --benchmark_filter="^$group/" --benchmark_out=/no/such/place/x.json
verdict "a full disk" refuses 3 "/dev/full: No space left" "${quickly[@]}" \
    --benchmark_filter="^$group/" --benchmark_out=/dev/full
verdict "a base that is not there" refuses 3 no.json --compare no.json --with one.json
verdict "results compared with themselves" ends 0 --compare one.json --with one.json
verdict "a count of processes that is none" refuses 2 "--processes: expected 1 to 1024" --processes 0
verdict "fresh processes" ends 0 "${quickly[@]}" --processes 2 --benchmark_filter="^$group/" \
    --benchmark_out=known.json
known() { # each warm row that was measured, and no cold one
    [ "$(count_of known.json '"yard_spread": ')" -eq "$(count_of known.json ' "name": .*/t1/warm/(naive|openmp|control)"')" ] &&
        [ "$(count_of known.json '"processes": 2')" -ge 2 ]
}
verdict "note how much they differ" known
verdict "which counts in a comparison" refuses 0 '[1-9][0-9]* of [0-9]+ rows by several; 0 were measured' \
    --compare known.json --with known.json
planted() { # planted FACTOR: says in a copy of known.json that the first warm row was once that much faster
    awk -v factor="$1" '/"name": .*\/warm\/naive"/ && !done { here = 1 }
        /^ *}/ { if (here) done = 1; here = 0 }
        here && /"yard[a-z_]*": / && !/spread/ { sub(/[0-9.e+-]+,?$/, ($2 + 0) / factor (/,$/ ? "," : "")) }
        { print }' known.json >planted.json
}
planted 3
verdict "what became three times slower is found, in fresh processes" ends 1 "${quickly[@]}" --warm \
    --benchmark_filter="^$group/" --compare planted.json
verdict "and was measured again" says 'SLOWER .*\(2 and 1?[05] processes, measured again\)'
verdict "more threads than cores are said" refuses 0 'threads on [0-9]+ cores: they wait' \
    "${quickly[@]}" --threads 64 --warm --benchmark_filter="^$group/"
echo "1..$number"
