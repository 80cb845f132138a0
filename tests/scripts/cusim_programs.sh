#!/bin/bash
# cusim_programs.sh: CUDA programs, wrong and right, through cusim-cc, as TAP.
#
# Each program in tests/cusim/wrong says in its head what is wrong and what must be found:
#
#   // found: race              checked mode must report this kind, at the line marked `<- here` or
#                               at one marked `<- also here` (a race: by either of its two parties)
#   // found: compile: TEXT     it must not compile, with TEXT (extended regular expression) and the
#                               marked line in the message
#   // found: stderr: TEXT      it must compile, fail, and print TEXT
#   // also: leak unread-error  kinds that may be reported as well; no others may
#   // stderr: TEXT             and this must be printed
#   // plain: result            plain mode's output must change with the seed
#   // limit: 2                 seconds a kernel may run (CUSIM_TIME_LIMIT)
#
# Programs in tests/cusim/right check themselves; they must end with exit code 0, in plain mode and
# checked, and no finding. A folder there is one program. `// flags:` are for cusim-cc.
#
# `cusim_programs.sh FILE...` runs only these and says more; CUSIM_CC names another compiler.
set -u
cd "$(dirname "$0")/../.." || exit 1

cusim_cc=${CUSIM_CC:-build/cusim-cc}
export CUSIM_CC=$cusim_cc

says() { sed -nE "s|^// $1: *||p" "$program" | head -n 1; }
marked() { grep -nE "$1" "$program" | cut -d: -f1 | paste -sd' '; }
one_of() { case " $2 " in *" $1 "*) true ;; *) false ;; esac; }

complain() { complaints+="$*"$'\n'; }
quote() { complain "$1:"; complaints+=$(head -n 12 "$2" | cut -c1-300 | sed 's/^/  /')$'\n'; }

build() { # build PROGRAM OPTION...: exit code of the compiler, its messages in the log
    local to=$1
    shift
    # shellcheck disable=SC2046,SC2086  # several flags and files
    timeout 120 "$cusim_cc" "$@" $(cat $files | sed -nE 's|^// flags: *||p') $files -o "$to" \
        >"$place/log" 2>&1
}

run() { # run PROGRAM: its exit code, output in out and err, findings in report
    rm -f "$place/report"
    CUSIM_REPORT=$place/report CUSIM_TIME_LIMIT=${limit:-30} timeout 60 "$1" \
        >"$place/out" 2>"$place/err" </dev/null
}

field() { sed -nE "s/.*\"$1\":\"?([^,\"]*).*/\1/p" <<<"$2"; }

check_findings() { # the report holds the finding asked for, and none that the file does not allow
    local kind other lines there=no line
    lines=$(marked '// <- (also )?here')
    while read -r line; do
        kind=$(field kind "$line")
        other=$(field other_line "$line")
        if [ "$kind" = "$found" ]; then
            if one_of "$(field line "$line")" "$lines" || one_of "${other:-none}" "$lines"; then
                there=yes
            else
                complain "$kind at line $(field line "$line"), not at $lines"
            fi
        elif ! one_of "$kind" "$(says also)"; then
            complain "$kind at line $(field line "$line") as well"
        fi
    done <"$place/report"
    [ $there = yes ] || complain "no $found at line $lines"
}

check_wrong() {
    local found text
    found=$(says found)
    text=$(says stderr)
    limit=$(says limit)
    case $found in
    compile:*)
        build "$place/program" --check
        [ $? -eq 1 ] || complain "cusim-cc did not end with exit code 1"
        grep -qE "${found#compile: }" "$place/log" || complain "no message '${found#compile: }'"
        grep -qE "(^|/)$(basename "$program"):$(marked '// <- here'):" "$place/log" ||
            complain "no message for line $(marked '// <- here')"
        [ -z "$complaints" ] || quote "it said" "$place/log"
        return ;;
    stderr:*) text=${found#stderr: } ;;
    esac
    if ! build "$place/program" --check; then
        quote "does not compile" "$place/log"
        return
    fi
    run "$place/program"
    case $? in
    0) complain "ends with exit code 0" ;;
    124 | 13[0-9]) complain "ends with a signal or hangs" ;;
    esac
    case $found in stderr:*) ;; *) check_findings ;; esac
    [ -z "$text" ] || grep -qE "$text" "$place/err" || complain "stderr lacks '$text'"
    [ -z "$complaints" ] || quote "it said" "$place/err"
    [ "$(says plain)" != result ] || check_seeds
}

check_seeds() { # without checks, the output must change with the seed
    if ! build "$place/plain"; then
        quote "does not compile in plain mode" "$place/log"
        return
    fi
    for seed in 1 2 3 4 5 6; do
        CUSIM_SEED=$seed timeout 60 "$place/plain" 2>&1 | cksum
    done | sort -u >"$place/sums"
    [ "$(wc -l <"$place/sums")" -gt 1 ] || complain "plain mode prints the same under six seeds"
}

check_right() {
    local mode code
    for mode in --check ''; do
        # shellcheck disable=SC2086  # no option at all in plain mode
        if ! build "$place/program" $mode; then
            quote "does not compile${mode:+ with $mode}" "$place/log"
            return
        fi
        for seed in 1 2; do
            CUSIM_SEED=$seed run "$place/program"
            code=$?
            if [ $code -ne 0 ] || { [ -n "$mode" ] && [ -s "$place/report" ]; }; then
                complain "${mode:-plain mode}, seed $seed: exit code $code"
                quote "it said" "$place/err"
                quote "and printed" "$place/out"
                break
            fi
        done
    done
}

one() { # one PROGRAM: "ok" or "not ok", its name, and complaints
    complaints=''
    limit=
    program=$1
    files=$program
    place=$(mktemp -d) || exit 1
    trap 'rm -rf "$place"' EXIT
    if [ -d "$program" ]; then
        files=$(ls "$program"/*.cu "$program"/*.cpp)
    fi
    case $program in
    */wrong/*) check_wrong ;;
    *) check_right ;;
    esac
    if [ -z "$complaints" ]; then
        echo "ok NUMBER - $(basename "$(dirname "$program")")/$(basename "$program" .cu)"
    else
        echo "not ok NUMBER - $(basename "$(dirname "$program")")/$(basename "$program" .cu)"
        sed 's/^/# /; s/^# $//; /^$/d' <<<"$complaints"
    fi
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit
fi
if [ ! -x "$cusim_cc" ]; then
    echo "1..1"
    echo "not ok 1 - $cusim_cc is not built"
    exit 1
fi
if [ $# -eq 0 ]; then
    set -- tests/cusim/right/* tests/cusim/wrong/*.cu
fi
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
# Each program's lines are kept together: a file per program, in the order of names.
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c \
    '"$0" --one "$1" >"$2/$(echo "$1" | tr / _)" 2>&1' tests/scripts/cusim_programs.sh {} "$results"
cat "$results"/* | awk '/^(not )?ok NUMBER/ { sub("NUMBER", ++n) } { print } END { print "1.." n }'
if [ "$(cat "$results"/* | grep -cE '^(not )?ok ')" -ne $# ]; then
    echo "not ok - $# programs, but fewer verdicts"
fi
