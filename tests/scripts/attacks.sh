#!/bin/bash
# attacks.sh [--tier TIER] [NAME...]: submits programs of tests/attacks to the grader, as TAP: one test per
# attack and tier, and one per run of the grader for what it left on the machine.
#
# The head of each file tells what is attacked and what may come of it:
#
#   attack: class=CLASS, lesson=LESSON/EXERCISE, expect=EXPECT, set=SET
#   says=REGEX
#
# tests/attacks/tools/attack_judge.c explains expect and says. By default those of the sets "often" (one or two
# of each class) and "everywhere" are tried in the tier namespaces, and those of "everywhere" in landlock, which
# differs in the jail alone. ATTACKS_ALL=1 tries all in both; names choose among all. Set "open": what
# grade/THREATS.md says is not defended: tried on demand only, and counted as skipped while it gets through.
# ATTACKS_TELL=1 shows what each result says.
#
# Attacks on the same exercise are graded in one run. As root all runs in name spaces of its own, with /tmp and
# shared memory of its own, so that what is left behind there is an attack's and nobody else's; and with the
# checkout at /mnt, so that a closed folder above it, such as /root, does not keep the tier landlock from working.
set -u
cd "$(dirname "$0")/../.." || exit 1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive CONVLAB_LANG=en NO_COLOR=1 LC_ALL=C.UTF-8

if [ -z "${ATTACKS_APART:-}" ] && [ "$(id -u)" -eq 0 ] && unshare -m -i true 2>/dev/null; then
    ATTACKS_APART=1 exec unshare -m -i bash tests/scripts/attacks.sh "$@"
fi
if [ -n "${ATTACKS_APART:-}" ]; then
    mount --rbind "$PWD" /mnt && cd /mnt || exit 1      # under /tmp it would vanish now
    mount -t tmpfs -o size=2g,mode=1777 none /tmp
    mount -t tmpfs -o size=64m,mode=1777 none /dev/shm
    mount -t tmpfs -o size=64m,mode=1777 none /var/tmp
    unset TMPDIR
fi

grace=2                 # beyond the limit of an exercise
grader=${CONVLAB:-build/convlab}-grade
scratch=$(mktemp -d) || exit 1

# Control groups of our own, below which the grader makes its own: so those that are left there are ours. They
# are a fuse as well.
groups=()
for folder in /sys/fs/cgroup/pids /sys/fs/cgroup/memory; do
    mkdir "$folder/attacks-$$" 2>/dev/null || continue
    echo $$ >"$folder/attacks-$$/cgroup.procs" && groups+=("$folder/attacks-$$")
done 2>/dev/null
[ -e "/sys/fs/cgroup/pids/attacks-$$" ] && echo 4000 >"/sys/fs/cgroup/pids/attacks-$$/pids.max"

clear_away() {
    for group in "${groups[@]}"; do
        echo $$ >"${group%/*}/cgroup.procs"
        rmdir "$group"
    done
    rm -rf "$scratch"
}
trap clear_away EXIT
export right=$PWD/lessons/01-conv/solutions/conv2d_student.c wrong=$PWD/lessons/01-conv/exercises/conv2d_student.c
export maker=$scratch/tools/attack_archive

number=0
verdict() { # verdict NAME COMPLAINTS: passes if there are none
    number=$((number + 1))
    if [ -z "${2//$'\n'/}" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | head -n 30 | sed 's/^/# /'
    fi
}

skip_all() {
    echo "1..1"
    echo "ok 1 - attacks # SKIP $1"
    exit 0
}

# ---- What an attack says of itself ----

tag() { # tag FILE KEY
    case $2 in
    says) sed -nE '2{s/^[ *#]*says=//p}' "$1" ;;
    *) sed -nE "1{s/^.*attack: (.*, )?$2=([^,]*).*$/\2/p}" "$1" ;;
    esac
}

exercise_file() { # exercise_file LESSON/EXERCISE
    build/convlab lesson "${1%/*}" --list | awk -v name="${1#*/}" '$1 == name { print $2 }'
}

is_wanted() { # is_wanted TIER FILE NAME...
    local tier=$1 file=$2 name
    shift 2
    if [ $# -gt 0 ]; then
        name=$(basename "$file")
        [[ " $* " = *" ${name%.*} "* ]]
    else
        case ${ATTACKS_ALL:+all}:$(tag "$file" set) in
        all:* | :everywhere) true ;;
        :often) [ "$tier" = namespaces ] ;;
        *) false ;;
        esac
    fi
}

submit() { # submit FILE FOLDER NAME LESSON/EXERCISE: makes the submission
    case $1 in
    *.sh) (set -e; . "./$1" "$2" "$3") ;;
    *) mkdir -p "$2/$3" && cp "$1" "$2/$3/$(exercise_file "$4")" ;;
    esac
}

# ---- What must not be left ----

# Where groups of our own are not to be had (version 2): those of processes that are no more.
stale_groups() {
    local group process own
    own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    find "$own" -maxdepth 1 -type d -name 'convlab-*' 2>/dev/null | while read -r group; do
        process=${group##*/convlab-}
        [ -d "/proc/${process%%-*}" ] || echo "$group"
    done
}

belongings() { # what is on the machine beside our own folder: one line each
    find /tmp /var/tmp /dev/shm /dev/mqueue -mindepth 1 2>/dev/null | grep -v "^$scratch"
    cut -d' ' -f2 /proc/self/mounts
    awk '{ print FILENAME, $1, $2 }' /proc/sysvipc/* 2>/dev/null
    grep -o 'attack-.*' /proc/net/unix /proc/keys 2>/dev/null
    [ ${#groups[@]} -eq 0 ] || find "${groups[@]}" -mindepth 1 -type d
    [ ${#groups[@]} -gt 0 ] || stale_groups
    ls -A lessons lessons/*/ 2>/dev/null        # other tests that run now work in build/
    sha256sum lessons/*/grading.json lessons/01-conv/solutions/* 2>/dev/null
}

left_behind() { # left_behind BEFORE
    for _ in 1 2 3 4 5 6 7 8; do
        belongings | sort >"$scratch/after"
        comm -13 "$1" "$scratch/after" >"$scratch/left"
        [ -s "$scratch/left" ] || return
        sleep 0.5
    done
    sed 's/^/left behind: /' "$scratch/left"
}

other_files() { # other_files FOLDER: what a result's folder should not have, and what is not clean in it
    find "$1" -mindepth 1 ! -type f -printf '%P is no file\n'
    grep -lP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' "$1"/* 2>/dev/null | sed 's/$/ has control characters/'
    if command -v xmllint >/dev/null 2>&1; then
        xmllint --noout --nonet "$1/junit.xml" 2>&1 | head -n 3
    fi
}

# ---- One exercise, one tier ----

# The honest ones show that points can be had: without them a grader that gives none would do.
honest=(
    conv/forward lessons/01-conv/solutions/conv2d_student.c full
    cuda-conv/add lessons/16-cuda-conv/solutions/add_student.cu full
    im2col/multiply lessons/14-im2col/solutions/im2col_student.c some-speed
    im2col/multiply lessons/14-im2col/exercises/im2col_student.c no-speed
)

honest_name() { # honest_name AT: honest-solutions, honest-exercises
    echo "honest-$(basename "$(dirname "${honest[$1 + 1]}")")"
}

judge() { # judge TIER CLASS NAME EXPECT SECONDS SAYS OUT [SET]
    local complaints
    complaints=$("$scratch/tools/attack_judge" "$7/$3/result.json" "$1" "$4" "$5" "$6" 2>&1; other_files "$7/$3")
    if [ "${8:-}" = open ] && [ -n "$complaints" ]; then
        verdict "$1: $2: $3 # SKIP not defended, see grade/THREATS.md: ${complaints%%$'\n'*}" ""
    else
        verdict "$1: $2: $3" "$complaints"
    fi
}

run() { # run TIER LESSON/EXERCISE FILE...: 1 if the tier does not work here
    local tier=$1 exercise=$2 file name code start i in=$scratch/in out=$scratch/out
    # Many of conv's never end, and few of the others'; and what is timed wants a core for itself.
    local jobs=2 call_seconds=1 exercise_seconds=6
    [ "$exercise" = conv/forward ] || exercise_seconds=12
    [ "$exercise" = im2col/multiply ] && jobs=1 call_seconds=3
    shift 2
    rm -rf "$in" "$out"
    mkdir -p "$in"
    for file; do
        name=$(basename "$file")
        submit "$file" "$in" "${name%.*}" "$exercise"
    done
    for ((i = 0; i < ${#honest[@]}; i += 3)); do
        [ "${honest[i]}" = "$exercise" ] && submit "${honest[i + 1]}" "$in" "$(honest_name $i)" "$exercise"
    done
    belongings | sort >"$scratch/before"
    start=$EPOCHREALTIME
    left=$("$scratch/tools/attack_run" 590 "$grader" "$in"/* --course . --tier "$tier" --lesson "${exercise%/*}" \
        --exercise "${exercise#*/}" --out "$out" --jobs $jobs --call-seconds "$call_seconds" \
        --exercise-seconds "$exercise_seconds" 2>"$scratch/said")
    code=$?
    [ $code -ne 4 ] || return 1
    for ((i = 0; i < ${#honest[@]}; i += 3)); do
        [ "${honest[i]}" = "$exercise" ] &&
            judge "$tier" honest "$(honest_name $i)" "${honest[i + 2]}" $((exercise_seconds + grace)) . "$out"
    done
    for file; do
        name=$(basename "$file")
        judge "$tier" "$(tag "$file" class)" "${name%.*}" "$(tag "$file" expect)" $((exercise_seconds + grace)) \
            "$(tag "$file" says)" "$out" "$(tag "$file" set)"
    done
    verdict "$tier: $exercise: nothing is left of $# attacks ($(awk -v a="$start" -v b="$EPOCHREALTIME" \
        'BEGIN { printf "%.0f s", b - a }'))" \
        "$left
$(case $code in 0 | 3) ;; *) echo "exit code $code"; tail -n 5 "$scratch/said" ;; esac
  left_behind "$scratch/before"
  find "$out" -mindepth 1 -maxdepth 1 ! -type d ! -name gradebook.csv ! -name grading.json ! -name '.*' \
      -printf 'left in the results: %P\n')"
}

# ---- All of them ----

[ -x "$grader" ] || skip_all "$grader has not been built"
mkdir -p "$scratch/tools"
for tool in attack_archive attack_judge attack_run; do
    "${CC:-cc}" -std=gnu11 -O1 tests/attacks/tools/$tool.c -o "$scratch/tools/$tool" -ljansson -larchive -lm ||
        exit 1
done

tiers="namespaces landlock"
if [ "${1:-}" = --tier ]; then
    tiers=$2
    shift 2
fi
files=(tests/attacks/*.c tests/attacks/*.cu tests/attacks/*.sh)
exercises=$(for file in "${files[@]}"; do tag "$file" lesson; done | sort -u)
for tier in $tiers; do
    tried=" "
    for exercise in $exercises; do
        chosen=()
        for file in "${files[@]}"; do
            if [ "$(tag "$file" lesson)" = "$exercise" ] && is_wanted "$tier" "$file" "$@"; then
                chosen+=("$file")
                tried+="$(tag "$file" class) "
            fi
        done
        [ ${#chosen[@]} -gt 0 ] || continue
        if ! run "$tier" "$exercise" "${chosen[@]}"; then
            verdict "tier $tier # SKIP it does not work here: $(head -n 2 "$scratch/said" | tr '\n' ' ')" ""
            continue 2
        fi
    done
    if [ "$tier" = namespaces ] && [ $# -eq 0 ]; then
        verdict "$tier: every class was tried" "$(for file in "${files[@]}"; do
            [[ $tried = *" $(tag "$file" class) "* ]] || echo "not $(tag "$file" class)"
        done)"
    fi
done
echo "1..$number"
