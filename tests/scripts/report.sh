#!/bin/bash
# report.sh: convlab-report from the outside, as TAP: usage, exit codes, full disks, and that what
# cannot be done leaves nothing half-written.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${CONVLAB_REPORT:-build/convlab-report}
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
run() { # run CODE ARGUMENTS...: keeps what it prints; true if the exit code is CODE
    local expected=$1 code
    shift
    timeout 120 "$program" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    code=$?
    [ $code -eq "$expected" ] || echo "exit code $code, expected $expected" >>"$folder/err"
    [ $code -eq "$expected" ]
}
says() { grep -q -e "$1" "$folder/out" "$folder/err"; }

entry() { # entry ROW ROLE VERDICT MS
    printf '{"name": "conv2d/forward/net.one/n100/t2/warm/%s/iterations:1", "run_type": "iteration",\n' "$1"
    printf '"repetition_index": 0, "iterations": 1, "real_time": %s, "cpu_time": %s, "time_unit": "ms",\n' \
        "$4" "$4"
    printf '"label": "role=%s space=host precision=fp32 verdict=%s roof=compute valid=yes shape=n=1",\n' \
        "$2" "$3"
    printf '"flop": 1e9, "bytes": 1e7, "gflops": 100, "gbs": 1, "roof_share": 0.5, "error": 1e-7}'
}
{
    printf '{"context": {"convlab_version": "0.1", "command": "made by report.sh"}, "benchmarks": [\n'
    entry naive own SLOWER 50
    echo ,
    entry im2col own BASE 5
    printf '\n]}\n'
} >"$folder/results.json"

run 0 --help && says "usage: convlab-report"
ok "--help"
run 0 --version && says "convlab-report"
ok "--version"
run 2 && says "nothing to report"
ok "without anything to report: wrong usage"
run 2 --bench "$folder/results.json" more && says "unexpected argument 'more'"
ok "an argument too many: wrong usage"
run 2 --colour && says "colour"
ok "an unknown option: wrong usage"

run 0 --bench "$folder/results.json" --out "$folder/report" && says "$folder/report/report.html" &&
    grep -q 'made by report.sh' "$folder/report/report.html"
ok "a report is written and its path printed"
! ls "$folder/report" | grep -vE '^(report\.html|[a-z0-9_-]+\.(svg|png))$' >>"$folder/err"
ok "nothing but the page and its plots is left"

printf '{"context"' >"$folder/torn.json"
run 3 --bench "$folder/torn.json" --out "$folder/torn" && says "torn.json" && ! [ -e "$folder/torn" ]
ok "a torn file of results: exit code 3, its name, nothing written"
run 3 --bench "$folder/results.json" --out /dev/full && says "/dev/full"
ok "something else than a folder: exit code 3"
run 3 --bench "$folder/results.json" --train "$folder" --out "$folder/run" && says "log.csv" &&
    ! [ -e "$folder/run/report.html" ]
ok "a folder that holds no run: exit code 3, no page"

cp "$folder/report/report.html" "$folder/before.html"
ls "$folder/report" >"$folder/before"
(
    trap '' XFSZ                            # so that write() fails, as on a full disk
    ulimit -f 2
    run 3 --bench "$folder/results.json" --out "$folder/report"
)
[ $? -eq 0 ] && cmp "$folder/before.html" "$folder/report/report.html" 2>>"$folder/err" &&
    ls "$folder/report" | cmp - "$folder/before" 2>>"$folder/err"
ok "a full disk: exit code 3, the old page as it was, no temporary file"
mkdir "$folder/bin"
(
    trap '' XFSZ
    ulimit -f 2
    PATH=$folder/bin
    "$program" --bench "$folder/results.json" --out "$folder/full" >"$folder/out" 2>"$folder/err" </dev/null
    [ $? -eq 3 ]
) && says "report.html: cannot write" && [ -z "$(ls "$folder/full")" ]
ok "a full disk without gnuplot: exit code 3, an empty folder"
run 0 --bench "$folder/results.json" --out "$folder/closed" && "$program" --help >&- 2>"$folder/err"
[ $? -eq 3 ] && says "standard output"
ok "closed standard output: exit code 3"

echo "1..$number"
