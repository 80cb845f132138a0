#!/bin/bash
# grade.sh: `convlab grade` as TAP, with its sandbox: usage, forms of submissions, resuming, what is left over,
# sharing the work, Gradescope's zip. What students' code may try is in tests/attacks.
set -u
cd "$(dirname "$0")/../.." || exit 1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive NO_COLOR=1 CONVLAB_LANG=en

root=$PWD
convlab=${CONVLAB:-$root/build/convlab}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
chmod 711 "$scratch" "$TMPDIR"                  # in tier landlock the sandbox has a user id of its own
secret=000102030405060708090a0b0c0d0e0f

number=0
verdict() { # verdict NAME COMPLAINT: passes if there is none
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | head -n 40 | sed 's/^/# /'
    fi
}
skip() { # skip NAME REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

grade() { timeout 120 "$convlab" grade --course "$root" "$@"; }

# The submissions: one solution in three forms, and a starter.
mkdir -p "$scratch/in/folder" "$scratch/in/starter" "$scratch/work"
cp -r lessons/01-conv/solutions "$scratch/in/folder/01-conv"
cp -r lessons/01-conv/exercises "$scratch/in/starter/01-conv"
tar -C "$scratch/in/folder" -czf "$scratch/in/packed.tar.gz" 01-conv
if command -v zip >/dev/null; then
    (cd "$scratch/in/folder" && zip -q -r ../zipped.zip 01-conv)
else
    tar -C "$scratch/in/folder" -cf "$scratch/in/zipped.tar" 01-conv
fi

column() { # column FILE ID NAME: a cell of a gradebook
    awk -F, -v id="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        $1 == id { print $at }' "$1"
}

# ---- Usage ----

complaint=
expect() { # expect CODE PATTERN ARGUMENTS...
    local code=$1 pattern=$2 said got
    shift 2
    said=$(timeout 60 "$convlab" grade "$@" 2>&1 </dev/null)
    got=$?
    [ $got -eq "$code" ] || complaint+="$*: exit code $got, not $code: $said"$'\n'
    grep -qE -- "$pattern" <<<"$said" || complaint+="$*: expected '$pattern' in: $said"$'\n'
}
expect 0 'usage: convlab grade' --help
expect 0 '^convlab [0-9]' --version
expect 2 'no submission' --course "$root"
expect 2 'unknown option' --nonsense
expect 2 'a value is missing' "$scratch/in/folder" --out
expect 2 'jobs: expected' --jobs 0 "$scratch/in/folder"
expect 2 'jobs: expected' --jobs 2x "$scratch/in/folder"
expect 2 'jobs: expected' --jobs 5000 "$scratch/in/folder"
expect 2 'jobs: expected' --jobs 99999999999999999999 "$scratch/in/folder"
expect 2 'call-seconds: expected' --call-seconds fast "$scratch/in/folder"
expect 2 'call-seconds: expected' --call-seconds 1s "$scratch/in/folder"
expect 2 'exercise-seconds: expected' --exercise-seconds 0 "$scratch/in/folder"
expect 2 'exercise-seconds: expected' --exercise-seconds 1e9 "$scratch/in/folder"
expect 2 'nothing else' --gradebook "$scratch" --list
expect 2 'nothing else' --gradebook "$scratch" --self-test
expect 2 'takes no submissions' --self-test --list
expect 2 'different names' --list "$scratch/in/folder" "$scratch/in/folder"
expect 3 'expected a submission' --list "$scratch/in/nothing-here"
expect 2 'format: .*nonsense' --format text,nonsense "$scratch/in/folder"
expect 2 'secret: expected 32' --secret 12 "$scratch/in/folder"
expect 2 'tier: expected' --tier nonsense "$scratch/in/folder"
expect 2 'none: only with --practice' --course "$root" --tier none "$scratch/in/folder"
expect 2 "no lesson 'nonsense'" --course "$root" --lesson nonsense "$scratch/in/folder"
expect 2 "no exercise 'nonsense'" --course "$root" --lesson conv --exercise nonsense "$scratch/in/folder"
expect 2 'expected a --lesson' --exercise forward "$scratch/in/folder"
expect 2 'nothing else' --gradebook "$scratch" more
expect 2 'takes no submissions' --self-test more
expect 3 'expected a folder' --course /nowhere "$scratch/in/folder"
expect 3 'nothing-here: expected a submission' --course "$root" --out "$scratch/no" "$scratch/in/nothing-here"
expect 3 'nowhere' --gradebook "$scratch/nowhere"
expect 2 "different names, found 'folder'" --course "$root" --out "$scratch/no" "$scratch/in/folder" "$scratch/in/../in/folder"
said=$("$convlab" grade --help 2>&1 >/dev/full)
[ $? -eq 3 ] && grep -q 'cannot write to standard output' <<<"$said" || complaint+="a full disk behind stdout: $said"$'\n'
verdict "wrong usage is told, with its exit code" "$complaint"

said=$("$convlab" grade --list --course "$root")
verdict "what can be graded, and the points" \
    "$(awk '$4 ~ /^[0-9]+$/ { sum += $4; rows++ } / points in all$/ { all = $1 }
        END { if (rows < 40 || sum != all || !all) print rows " exercises, " sum " points, not " all }' <<<"$said")"
verdict "what submissions will be called" \
    "$("$convlab" grade --list "$scratch/in"/* | cut -f1 | diff - <(printf '%s\n' folder packed starter zipped))"

# ---- The sandbox of this machine ----

said=$(timeout 300 "$convlab" grade --self-test 2>&1)
code=$?
tier=$(sed -n 's/^tier: //p' <<<"$said")
if [ "$tier" = none ]; then
    why="nothing on this machine can hold a submission: $(tr '\n' ' ' <<<"$said")"
    verdict "without a tier nothing is graded, and it is said how to get one" \
        "$(grade "$scratch/in/folder" --lesson conv --out "$scratch/none" 2>&1; [ $? -eq 4 ] || echo "exit code not 4")"
    for name in "the self-test" "forms of submissions" "resuming" "sharing the work" "Gradescope's zip"; do
        skip "$name" "$why"
    done
    echo "1..$number"
    exit
fi
verdict "the self-test: everything is denied in tier $tier" "$([ $code -eq 0 ] || { echo "exit code $code"; grep -v ^denied <<<"$said"; }
    tail -n 1 <<<"$said" | grep -v "can be scored here, in tier $tier\$")"
mkdir "$scratch/closed"
cp "$convlab"-grade "${convlab%/*}/convlab-jailer" "$scratch/closed"
chmod 700 "$scratch/closed"
said=$(timeout 60 "$scratch/closed/convlab-grade" --self-test --tier landlock 2>&1)
if grep -q 'landlock: .*convlab-jailer: ' <<<"$said"; then
    verdict "the self-test names the folder that keeps the tier landlock from working" \
        "$(grep -qF "other users cannot enter $scratch/closed (0700): " <<<"$said" || echo "$said")"
else
    skip "the self-test names the folder that keeps the tier landlock from working" "not root, or no Landlock"
fi
rm -r "$scratch/closed"

# ---- Grading ----

cd "$scratch/work" || exit 1
one=$scratch/one
said=$(grade "$scratch/in"/* --lesson conv --out "$one" --jobs 2 --secret $secret 2>&1)
code=$?
verdict "four submissions are graded" "$([ $code -eq 0 ] && grep -q '^4 graded, 0 already' <<<"$said" || echo "exit code $code: $said")"
verdict "a folder, a zip and a tar file of the same solution get all points" \
    "$(for id in folder zipped packed; do
        [ "$(column "$one/gradebook.csv" $id points)" = "$(column "$one/gradebook.csv" $id max)" ] || cat "$one/$id/feedback.txt"
    done)"
verdict "the starter does not" "$(awk -F, '$1 == "starter" && $2 >= $3 / 2' "$one/gradebook.csv"
    [ -n "$(column "$one/gradebook.csv" starter points)" ] || echo "no points at all")"
verdict "each has a result in every format, and the secret is in it" \
    "$(for id in folder zipped packed starter; do
        for file in result.json feedback.txt gradescope.json junit.xml prairielearn.json classroom50.json; do
            [ -s "$one/$id/$file" ] || echo "$id/$file is missing"
        done
        grep -q $secret "$one/$id/result.json" || echo "$id/result.json has not the secret"
    done)"
verdict "grading.json is for nobody else to read" "$(stat -c %a "$one/grading.json" | grep -vx 600)"
cp "$one/gradebook.csv" "$scratch/first.csv"
said=$(grade "$scratch/in"/* --lesson conv --out "$one" --jobs 2 2>&1)
verdict "what is complete is not graded again" "$(grep -q '^0 graded, 4 already' <<<"$said" || echo "$said")"
said=$(grade "$scratch/in/starter" --lesson conv --out "$scratch/appeal" --secret $secret 2>&1)
verdict "the same submission and secret give the same points elsewhere" \
    "$(diff <(grep starter "$scratch/first.csv") <(grep starter "$scratch/appeal/gradebook.csv") || echo "$said")"
said=$(grade "$scratch/in/folder" --lesson padding --out "$one" 2>&1)
verdict "another lesson does not go into the same folder" "$([ $? -eq 2 ] && grep -q "'lesson'" <<<"$said" || echo "$said")"

echo 'no archive' >"$scratch/noise.zip"
said=$(grade "$scratch/noise.zip" --lesson conv --out "$scratch/noise" 2>&1)
code=$?
verdict "what cannot be read gets 0 points and is told" \
    "$([ $code -eq 3 ] && grep -q '1 unreadable' <<<"$said" && grep -q 'cannot be read. noise.zip: ' "$scratch/noise/noise/feedback.txt" || echo "$code: $said")"
verdict "and the gradebook shows it" "$(column "$scratch/noise/gradebook.csv" noise state | grep -vx missing)"
said=$(grade "$scratch/in/folder" --lesson conv --exercise predict --out "$scratch/practice" --practice --tier none 2>&1)
verdict "practice is stamped" \
    "$(grep -qi unscored "$scratch/practice/folder/feedback.txt" && grep -q '(unscored)' <<<"$said" || echo "$said")"
said=$(grade "$scratch/in/folder" --lesson conv --exercise predict --out "$scratch/practice" 2>&1)
verdict "and is not mixed with what is scored" "$([ $? -eq 2 ] && grep -q "'scored'" <<<"$said" || echo "$said")"

# ---- Interrupted ----

wait_for() { # wait_for FILE: 20 s at most
    for _ in $(seq 400); do [ -e "$1" ] && return; sleep 0.05; done
}
left_over() { # left_over PID...: what a grader and its jobs may have left: processes, folders, control groups
    sleep 0.3
    pgrep -fa "$scratch" | grep -vw "$$"
    ls -A "$TMPDIR"
    # shellcheck disable=SC2068  # lists of numbers
    for pid in $@; do
        ps -o pid=,stat=,args= -p "$pid" | awk '$2 !~ /^Z/'
        find /sys/fs/cgroup -name "convlab-$pid-*" 2>/dev/null
    done
}
mkdir "$scratch/many"
for i in 1 2 3 4; do cp -r "$scratch/in/folder" "$scratch/many/student$i"; done
"$convlab" grade --course "$root" "$scratch/many"/* --lesson conv --out "$scratch/killed" --jobs 2 --secret $secret \
    >/dev/null 2>&1 &
pid=$!
wait_for "$scratch/killed/student2/classroom50.json"
said=$(grade "$scratch/many"/* --lesson conv --out "$scratch/killed" 2>&1)
verdict "two graders do not work on one folder" "$([ $? -eq 3 ] && grep -q 'another grader' <<<"$said" || echo "$said")"
sleep 0.5
jobs=$(pgrep -P $pid)
kill -9 $pid
wait $pid 2>/dev/null
verdict "kill -9 of the grader leaves valid results" \
    "$("$convlab" grade --gradebook "$scratch/killed" 2>&1; [ -s "$scratch/killed/gradebook.csv" ] || echo "no gradebook")"
said=$(grade "$scratch/many"/* --lesson conv --out "$scratch/killed" --jobs 2 2>&1)
verdict "and the same command goes on" "$(grep -qE '^[1-4] graded, [0-3] already graded, 0 unreadable, 0 not' <<<"$said" || echo "$said")"
verdict "nothing is left over, not even of the killed one" "$(left_over $pid "$jobs")"

"$convlab" grade --course "$root" "$scratch/many"/* --lesson conv --out "$scratch/stopped" --jobs 1 --secret $secret \
    >"$scratch/said" 2>&1 &
pid=$!
wait_for "$scratch/stopped/student1/classroom50.json"
jobs=$(pgrep -P $pid)
kill -TERM $pid
wait $pid
code=$?
verdict "SIGTERM stops it, and it says how to go on" \
    "$([ $code -eq 143 ] || echo "exit code $code"; grep -q 'goes on where it was' "$scratch/said" || cat "$scratch/said")"
verdict "and leaves nothing either" "$(left_over $pid "$jobs")"

# ---- Sharing the work ----

verdict "a gradebook is made of the results" \
    "$(rm "$one/gradebook.csv"; "$convlab" grade --gradebook "$one" 2>&1; cmp "$one/gradebook.csv" "$scratch/first.csv" 2>&1)"
if command -v parallel >/dev/null; then
    said=$(JOBS=2 timeout 200 "$root/grade/parallel.sh" "$scratch/in" "$scratch/shared" --lesson conv --secret $secret 2>&1)
    verdict "GNU parallel: the merged gradebook is that of one machine, byte by byte" \
        "$(cmp "$scratch/shared/gradebook.csv" "$scratch/first.csv" 2>&1 || echo "$said")"
else
    skip "GNU parallel: the merged gradebook is that of one machine, byte by byte" "parallel is not installed"
fi

# A stand-in for Slurm: it runs the tasks of an array one after the other, from a copy of the script.
mkdir "$scratch/bin"
cat >"$scratch/bin/sbatch" <<'SBATCH'
#!/bin/bash
wrap= first= last=
while [ $# -gt 0 ]; do
    case $1 in
    --array=*) first=${1#--array=}; last=${first#*-}; first=${first%-*} ;;
    --wrap) wrap=$2; shift ;;
    --*) ;;
    *) break ;;
    esac
    shift
done
if [ -n "$wrap" ]; then
    bash -c "$wrap"
else
    cp "$1" "$TMPDIR/slurm_script"
    shift
    for i in $(seq "$first" "$last"); do
        SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=2 bash "$TMPDIR/slurm_script" "$@" >/dev/null
    done
    rm "$TMPDIR/slurm_script"
fi
echo "42;cluster"
SBATCH
chmod +x "$scratch/bin/sbatch"
said=$(PATH=$scratch/bin:$PATH CHUNK=3 timeout 200 "$root/grade/slurm.sh" "$scratch/in" "$scratch/array" --lesson conv --secret $secret 2>&1)
verdict "Slurm's array, with a stand-in for sbatch: the same gradebook" \
    "$(cmp "$scratch/array/gradebook.csv" "$scratch/first.csv" 2>&1 || { echo "$said"; tail "$scratch"/array/.slurm/*; })"

# ---- Gradescope ----

autograde() { # autograde FOLDER: as Gradescope does it, below $scratch/autograder
    rm -rf "$scratch/autograder/submission" "$scratch/autograder/results"
    mkdir -p "$scratch/autograder/results"
    cp -r "$1" "$scratch/autograder/submission"
    CONVLAB_AUTOGRADER=$scratch/autograder timeout 200 "$scratch/autograder/run_autograder" 2>&1 || echo "exit code $?"
}
points() { # points: those of the whole, and the sum of what its tests could give
    awk -F'[:,]' '/^ *"score"/ && !seen++ { printf "%g", $2 } /"max_score"/ { sum += $2 } END { printf " of %g\n", sum }' \
        "$scratch/autograder/results/results.json"
}
if command -v zip >/dev/null && command -v unzip >/dev/null; then
    said=$("$root/grade/gradescope.sh" conv "$scratch/conv.zip" 2>&1)
    verdict "Gradescope's zip is built" "$([ -s "$scratch/conv.zip" ] || echo "$said")"
    mkdir -p "$scratch/autograder/source"
    unzip -q "$scratch/conv.zip" -d "$scratch/autograder/source"
    cp "$scratch/autograder/source/run_autograder" "$scratch/autograder/"
    verdict "it has what Gradescope wants at its top" \
        "$(for file in setup.sh run_autograder; do [ -x "$scratch/autograder/source/$file" ] || echo "$file"; done)"
    solutions=$(cat "$root"/lessons/[0-9]*/solutions/*.c* | grep -E '.{45}' |
        grep -vxFf <(cat "$root"/lessons/[0-9]*/exercises/*) | sort -u)
    verdict "and no solution, and no source of ours" \
        "$(find "$scratch/autograder/source" -path '*solutions*'
           find "$scratch/autograder/source" -name '*.c' -o -name '*.cu' | grep -v /exercises/
           grep -rlaxF -f <(printf '%s\n' "$solutions") "$scratch/autograder/source" | grep -v /build/)"
    said=$(CONVLAB_AUTOGRADER=$scratch/autograder CONVLAB_NO_INSTALL=1 timeout 200 "$scratch/autograder/source/setup.sh" 2>&1)
    code=$?
    verdict "its setup starts the grader" "$([ $code -eq 0 ] || { echo "exit code $code"; grep -v ^denied <<<"$said"; })"
    said=$(autograde "$root/lessons/01-conv/solutions")
    verdict "a solution, bare files, gets all points" \
        "$(points | grep -qE '^([1-9][0-9]*) of \1$' || { points; echo "$said"; })"
    said=$(autograde "$root/lessons/01-conv/exercises")
    verdict "a starter does not" "$(points | awk '$1 < $3 / 2' | grep -q . || { points; echo "$said"; })"
    chmod -x "$scratch/autograder/source/course/build/convlab-grade"
    said=$(autograde "$root/lessons/01-conv/solutions")
    verdict "a grader that cannot start leaves a valid result of 0 points" \
        "$(points | grep -q '^0 of 0$' || { points; echo "$said"; })"
else
    skip "Gradescope's zip" "zip and unzip are not installed"
fi

verdict "nothing at all is left over" "$(left_over)"
echo "1..$number"
