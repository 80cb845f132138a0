#!/bin/bash
# lessons.sh [--engine | NAME...]: every lesson (or those named), as TAP: the starter fails and says something,
# the solution passes, the text's commands run as printed, both languages agree; then what goes wrong in a
# student's file, the map, resetting and exporting (with --engine only that).
set -u
cd "$(dirname "$0")/../.." || exit 1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive CONVLAB_LANG=en NO_COLOR=1

program=build/convlab
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export CONVLAB_STUDENT=$scratch/student

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

# ---- Every lesson ----

starters_fail() { # starters_fail NAME FOLDER
    rm -rf "$CONVLAB_STUDENT"
    timeout 120 "$program" lesson "$1" --text >/dev/null 2>"$scratch/errors" || cat "$scratch/errors"
    while read -r exercise file kind; do
        start=$EPOCHREALTIME
        said=$(timeout 120 "$program" lesson "$1" --exercise "$exercise" 2>&1)
        code=$?
        took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print int(b - a) }')
        [ $code -eq 1 ] || echo "$exercise: the starter gives exit code $code, not 1"
        [ "$(wc -l <<<"$said")" -ge 6 ] || echo "$exercise: the starter is told no more than: $said"
        grep -qE 'does not compile|compiler warns' <<<"$said" &&
            echo "$exercise: the starter does not compile without a word: $said"
        grep -q 'lesson itself has a mistake' <<<"$said" && echo "$exercise: $said"
        [ "$took" -le "$([ "$kind" = cuda ] && echo 30 || echo 10)" ] || echo "$exercise: the starter took $took s"
    done < <("$program" lesson "$1" --list)
}

solutions_pass() { # solutions_pass NAME FOLDER
    rm -rf "$CONVLAB_STUDENT"
    mkdir -p "$CONVLAB_STUDENT/${2##*/}"
    cp "$2"/solutions/* "$CONVLAB_STUDENT/${2##*/}/"
    while read -r exercise file kind; do
        start=$EPOCHREALTIME
        said=$(timeout 120 "$program" lesson "$1" --exercise "$exercise" 2>&1) || echo "$exercise: $said"
        took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print int(b - a) }')
        [ "$took" -le "$([ "$kind" = cuda ] && echo 30 || echo 10)" ] || echo "$exercise: the check took $took s"
    done < <("$program" lesson "$1" --list)
    grep -rl 'Your code here' "$2/solutions" | sed 's/$/: still has the mark of the starter/'
    while read -r _ file _; do
        cmp -s "$2/exercises/$file" "$2/solutions/$file" && echo "$file: the starter is the solution"
    done < <("$program" lesson "$1" --list)
}

commands() { # commands FILE: the lines in its sh fences
    awk '/^```/ { if (fence) fence = 0; else { fence = 1; run = $0 == "```sh" } next } fence && run' "$1"
}

kept() { # kept LANGUAGE COMMAND: the file with what it said
    echo "$scratch/$1-$(printf '%s' "$2" | tr -c 'A-Za-z0-9' _)"
}

commands_run() { # commands_run FOLDER: in both languages; of make only what would be done
    for language in en ko; do
        text=$1/README$([ $language = ko ] && echo .ko).md
        while read -r line; do
            case $line in make\ *) line="$line -n" ;; esac
            said=$(CONVLAB_LANG=$language timeout 120 bash -c "$line" 2>&1 </dev/null) ||
                echo "$text: '$line' gives exit code $?: $said"
            [ -n "$said" ] || echo "$text: '$line' says nothing"
            printf '%s\n' "$said" >"$(kept "$language" "$line")"
        done < <(commands "$text")
        whole=$(CONVLAB_LANG=$language timeout 120 "$program" lesson "${1##*/}" --text 2>&1) ||
            echo "the text itself: $whole"
    done
}

outline() { # outline FILE: headings by level, fences with what is in them
    awk '/^```/ { fence = !fence; print; next } fence { print; next } /^#/ { print $1 }' "$1"
}

# Each section has the same numbers in both languages, in any order; where English has a word for one,
# "zeros", Korean may have the number.
numbers_agree() { # numbers_agree ENGLISH KOREAN
    awk '
        BEGIN { split("zero one two three four five six seven eight nine", word, " ") }
        FNR == 1 { file++; section = 0; fence = 0 }
        /^```/ { fence = !fence; next }
        fence { next }
        /^#/ { section++ }
        {
            text = tolower($0)
            for (i = 1; file == 1 && i <= 10; i++) if (index(text, word[i])) spelt[section, i - 1] = 1
            if (file == 1 && text ~ /once|single|unit/) spelt[section, 1] = 1
            if (file == 1 && text ~ /twice|both|half|pair/) spelt[section, 2] = 1
            while (match(text, /[0-9]+([.][0-9]+)?/)) {
                seen[file, section, substr(text, RSTART, RLENGTH)] = section
                text = substr(text, RSTART + RLENGTH)
            }
        }
        END {
            for (key in seen) {
                split(key, part, SUBSEP)
                other = (3 - part[1]) SUBSEP part[2] SUBSEP part[3]
                if (!(other in seen) && !(part[1] == 2 && ((part[2], part[3]) in spelt)))
                    print "section " part[2] ": " part[3] " is in the " (part[1] == 1 ? "English" : "Korean") " text only"
            }
        }' "$1" "$2"
}

numbers_of() { grep -oE -- '-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?' | tr '\n' ' '; }

languages_agree() { # languages_agree NAME FOLDER
    diff <(outline "$2/README.md") <(outline "$2/README.ko.md")
    numbers_agree "$2/README.md" "$2/README.ko.md"
    for part in $(commands "$2/README.md" | sed -n "s|^build/convlab lesson $1 --show ||p"); do
        case $part in timed-*) continue ;; esac         # no two runs take the same time
        english=$(numbers_of <"$(kept en "build/convlab lesson $1 --show $part")")
        korean=$(numbers_of <"$(kept ko "build/convlab lesson $1 --show $part")")
        [ "$english" = "$korean" ] || echo "$part: $english / $korean"
    done
}

case ${1:-} in
--engine) names= ;;
'') names=$(printf '%s\n' lessons/[0-9][0-9]-*/ | sed -E 's|lessons/[0-9]+-(.*)/|\1|') ;;
*) names=$* ;;
esac
for name in $names; do
    folder=$(printf '%s\n' lessons/[0-9][0-9]-"$name")
    verdict "$name: its lesson.json can be read, and what it needs comes before it" \
        "$("$program" lesson "$name" --text 2>&1 >/dev/null | grep -F "$folder")"
    verdict "$name: each starter fails and is told why" "$(starters_fail "$name" "$folder")"
    verdict "$name: each solution passes" "$(solutions_pass "$name" "$folder")"
    verdict "$name: the text's commands run as printed" "$(commands_run "$folder")"
    verdict "$name: both languages have the same sections, formulas, commands and numbers" \
        "$(languages_agree "$name" "$folder")"
done
case ${1:-} in
--engine | '') ;;
*)
    echo "1..$number"
    exit ;;
esac

# ---- What goes wrong in a student's file ----

mine=$CONVLAB_STUDENT/01-conv/conv2d_student.c
right=lessons/01-conv/solutions/conv2d_student.c
rm -rf "$CONVLAB_STUDENT"
"$program" lesson conv --text >/dev/null

head='#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "kernels/conv2d/conv2d.h"
static int again(int n) { volatile int here[64]; here[0] = n; return again(n + 1) + here[0]; }
void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    if (s->h == -1) again(1);
'
told() { # told NAME PATTERN...: the check fails with exit code 1 and says all of these
    local name=$1 said complaint=
    shift
    said=$(timeout 60 "$program" lesson conv --exercise forward 2>&1)
    [ $? -eq 1 ] || complaint="the exit code is not 1; "
    for pattern in "$@"; do                 # whatever the line breaks
        tr '\n' ' ' <<<"$said" | grep -qE -- "$pattern" || complaint+="expected '$pattern'; "
    done
    verdict "$name" "${complaint:+$complaint$said}"
}
body() { printf '%s%s\n}\n' "$head" "$1" >"$mine"; }     # line 11 is the body's first
changed() { sed "$1" "$right" >"$mine"; }

changed 's/float sum = 0.0f;/float sum = 0.0f/'
said=$(timeout 60 "$program" lesson conv --exercise forward)
verdict "a syntax error: the compiler's message at the line, and nothing else of the compiler's" \
    "$(grep -q 'conv2d_student.c:10:[0-9]*: error: expected' <<<"$said" && ! grep -q 'warning:\|/usr/bin' <<<"$said" || echo "$said")"
changed 's/sum += /sum += foo() * /'
told "an unknown function is the compiler's business" "conv2d_student.c:1[0-9]:[0-9]+: error: .*foo"
changed 's/void \*workspace/void *workspace, int more/'
told "another signature: both are shown" "conflicting types" "The exercise wants .void\("
changed 's/conv2d_forward_student/conv2d_forward/'
told "the function under another name" "no function named 'conv2d_forward_student'|conflicting types"
changed 's/conv2d_forward_student/my_conv2d/'
told "the function missing" "no function named 'conv2d_forward_student'"
{ cat "$right"; echo 'int main(void) { return 0; }'; } >"$mine"
told "an extra main" "has a main\(\): take it out"
rm "$mine"; mkdir "$mine"
told "a folder in the file's place" "not compile|cannot"
rmdir "$mine"
ln -s nowhere "$mine"
told "a link to nowhere" "cannot be read.*make reset-conv"
rm "$mine"
changed 's/float sum = 0.0f;/float sum;/'
told "an uninitialised variable: the warning's line, and that it was read" "conv2d_student.c:1[0-9].*uninitialized" \
    "read before it has a value"
body 'float *t = malloc(400); y[0] = t[7];'
told "memory of malloc read before it is written" "read before it has a value"
changed 's/oh < s->oh/oh <= s->oh/; s/sum += .*/sum += 1.0f;/'
told "a write past the end: line, index, end" "conv2d_student.c:1[0-9]: Out-of-bounds write: y\[[0-9]+\], but y ends at y\[[0-9]+\]"
changed 's/y\[oh \* s->ow + ow\]/y[oh * s->ow + ow - 1]/'
told "a write before the start" "conv2d_student.c:1[0-9]: Out-of-bounds write: y\[-1\], but y begins at y\[0\]"
changed 's/kh < s->kernel_h/kh <= s->kernel_h/'
told "a read past the end" "conv2d_student.c:1[0-9]: Out-of-bounds read: [xw]\["
changed 's/kw++/kw += 0/'
told "an endless loop, with its line" "conv2d_student.c:1[0-9]: It was still running here"
body 'y[0] = (float)again(1);'
told "endless recursion" "conv2d_student.c:6: The stack is used up"
body 'volatile float large[1 << 24]; for (int i = 0; i < 1 << 24; i++) large[i] = 0; y[0] = large[5];'
told "an array too large for the stack" "The stack is used up"
body 'volatile float *t = malloc((size_t)1 << 40); t[0] = 1.0f; y[0] = t[0];'
told "a huge allocation" "conv2d_student.c:11: It writes through a NULL pointer. An allocation had failed"
body 'y[0] = b[0];'
told "NULL read, and which argument it is" "conv2d_student.c:11: It reads through a NULL pointer" "NULL: b"
body 'y[0] = (float)(s->h / s->pad_top);'
told "a division by zero" "conv2d_student.c:11: A division of integers by zero"
body 'exit(0);'
told "exit(0) does not pass" "conv2d_student.c:11: It called exit"
body '_exit(0);'
told "_exit(0) does not pass" "ended with exit code 0 before the check was done"
body 'abort(); y[0] = 1;'
told "abort(), with its line" "conv2d_student.c:11: It stopped itself"
body 'assert(s->h == 77); y[0] = 1;'
told "a failed assertion, with its words" "conv2d_student.c:11: It stopped itself" "s->h == 77"
body 'raise(9);'; sed -i '1i #include <signal.h>' "$mine"
told "a process that kills itself" "crashed before the check was done"
body 'printf("\n\036convlab-verdict passed\n"); fprintf(stderr, "100 of 100\n"); fflush(NULL); _exit(0);'
told "a forged verdict on stdout is shown, not believed" "before the check was done" "Your program printed" "100 of 100"
body 'for (;;) puts("flood");'
told "a flood of output" "still running here" "flood  \([0-9]+ times\)"
{ echo '#include <stdlib.h>'; echo '__attribute__((constructor)) static void early(void) { exit(0); }'; cat "$right"; } >"$mine"
told "exit(0) before the check has begun" "before the check was done"
changed 's/w\[kh \* s->kernel_w + kw\]/w[(s->kernel_h - 1 - kh) * s->kernel_w + s->kernel_w - 1 - kw]/'
told "a flipped kernel is named" "flipped by 180 degrees" "Again, this problem alone"
replay=$("$program" lesson conv --exercise forward | sed -n 's/^  \(build.convlab lesson .*--seed [0-9]*\)$/\1/p')
verdict "the replay line fails again" "$(bash -c "$replay" >/dev/null 2>&1; [ $? -eq 1 ] || echo "$replay")"
mkdir "$CONVLAB_STUDENT/07-linear"
sed 's/y\[n \* s->out_features + o\]/y[n * s->in_features + o]/' lessons/07-linear/solutions/linear_student.c \
    >"$CONVLAB_STUDENT/07-linear/linear_student.c"
said=$(timeout 60 "$program" lesson linear --exercise forward 2>&1)
verdict "writes that stray far on other problems do not end the feedback" \
    "$(grep -q 'Again, this problem alone' <<<"$said" || echo "$said")"
rm -r "$CONVLAB_STUDENT/07-linear"
said=$("$program" lesson softmax-ce --text >/dev/null; timeout 60 "$program" lesson softmax-ce --exercise fix 2>&1)
verdict "an infinite result is not taken for an uninitialised variable" \
    "$(grep -q 'read before it has a value' <<<"$said" && echo "$said")"
rm -rf "$CONVLAB_STUDENT/08-softmax-ce"
verdict "hints come in levels" "$(for n in 1 2 3; do
    [ "$(HINT=$n "$program" lesson conv --exercise forward | grep -c '^Hint')" -eq $n ] || echo "HINT=$n"; done)"
verdict "a hint that is none is refused" "$(HINT=4 "$program" lesson conv >/dev/null 2>&1; [ $? -eq 2 ] || echo "not 2")"
verdict "no run leaves a folder behind" "$(find build/lessons/conv -name 'run-*' -not -newermt '-10 seconds')"     # others may be at work

# ---- Progress ----

verdict "the map: nothing done" "$("$program" lesson | grep -qE '^ +1 conv +next +0/3' || "$program" lesson)"
cp lessons/01-conv/solutions/* "$CONVLAB_STUDENT/01-conv/"
verdict "the map: done, because the files are right" \
    "$("$program" lesson | grep -qE '^ +1 conv +done +3/3' || "$program" lesson)"
echo '#error' >>"$mine"
verdict "the map: not done any more, because a file is wrong" \
    "$("$program" lesson | grep -qE '^ +1 conv +next +2/3' || "$program" lesson)"
cp "$mine" "$scratch/before"
"$program" lesson conv >/dev/null 2>&1
verdict "a check leaves the student's file as it is" "$(cmp "$mine" "$scratch/before" 2>&1)"
verdict "resetting does not happen unasked" \
    "$("$program" lesson conv --reset </dev/null >/dev/null 2>&1; [ $? -eq 2 ] || echo 'not refused'; cmp "$mine" "$scratch/before")"
"$program" lesson conv --reset --force --exercise forward >/dev/null
"$program" lesson conv --reset --force --exercise forward >/dev/null
verdict "resetting keeps every copy" "$(cmp "$mine.1" "$scratch/before" 2>&1
    cmp "$mine.2" lessons/01-conv/exercises/conv2d_student.c 2>&1; cmp "$mine" lessons/01-conv/exercises/conv2d_student.c 2>&1)"
echo "// mine" >"$CONVLAB_STUDENT/01-conv/conv2d_fix.c"
"$program" lesson conv --text >/dev/null
verdict "a lesson that is opened again overwrites nothing" \
    "$(grep -q mine "$CONVLAB_STUDENT/01-conv/conv2d_fix.c" || echo overwritten)"
cp "$right" "$mine"
cp lessons/01-conv/solutions/* "$CONVLAB_STUDENT/01-conv/"
echo broken >"$mine"
(timeout 60 "$program" lesson conv --watch >"$scratch/watched" 2>&1; echo "ended $?" >>"$scratch/watched") &
for _ in $(seq 100); do grep -q watching "$scratch/watched" && break; sleep 0.1; done
cp "$right" "$mine"
wait
verdict "watching checks again on a save, and ends when all is done" \
    "$(grep -q 'does not compile' "$scratch/watched" && grep -q 'ended 0' "$scratch/watched" || cat "$scratch/watched")"

# ---- A mistake in a lesson ----

copy=$scratch/root
mkdir -p "$copy/lessons" "$copy/build"
ln -s "$PWD/kernels" "$copy/kernels"
ln -s "$PWD/build/lessons" "$copy/build/lessons"
cp -r lessons/01-conv "$copy/lessons/"
wrong() { # wrong NAME SED PATTERN: the complaint about a changed lesson.json
    sed "$2" lessons/01-conv/lesson.json >"$copy/lessons/01-conv/lesson.json"
    said=$(CONVLAB_ROOT=$copy "$program" lesson conv --text 2>&1)
    verdict "lesson.json: $1" "$(grep -qE "$3" <<<"$said" || echo "$said")"
}
wrong "not JSON" 's/"title"/title/' 'lesson.json:[0-9]+: '
wrong "an unknown kind" 's/"write"/"wrote"/' "exercise 2: 'kind': expected write.*wrote"
wrong "an unknown entry" 's/"cases"\|"function"/"functoin"/' "functoin"
wrong "a missing translation" 's/"ko": "합성곱"/"xx": "y"/' "'title': expected"
wrong "a file outside" 's|"answers.txt"|"../answers.txt"|' "'file': expected the name"
wrong "a need that is not there" 's/"needs": \[\]/"needs": ["nothing"]/' "'needs': .*nothing"
sed 's/"conv2d", "pass"/"conv3d", "pass"/' lessons/01-conv/lesson.json >"$copy/lessons/01-conv/lesson.json"
said=$(CONVLAB_ROOT=$copy "$program" lesson conv --exercise forward 2>&1)
verdict "lesson.json: a concept that is not there" "$(grep -q "expected a concept and a pass" <<<"$said" || echo "$said")"

# ---- A course for students ----

if lessons/course.sh "$scratch/course" >"$scratch/errors" 2>&1; then
    unset CONVLAB_STUDENT
    verdict "an exported course has no solutions" "$(find "$scratch/course" -path '*solutions*')"
    verdict "and no source of a kernel, a reference or a mutant" \
        "$(find "$scratch/course" -name '*.c' -o -name '*.cu' -o -name '*.cuh' | grep -vE '/lessons/[^/]+/exercises/|/cuda_launch.cuh|/cusim/include/')"
    # Text of the solutions that the starters do not have; whole lines, long enough to be nobody else's.
    secret=$(cat lessons/[0-9]*/solutions/*.c* | grep -E '.{45}' | grep -vxFf <(cat lessons/[0-9]*/exercises/*) | sort -u)
    verdict "and no line of a solution anywhere" \
        "$(grep -rlaxF -f <(printf '%s\n' "$secret") "$scratch/course" --include='*' | grep -vE '/build/')"
    verdict "its lessons run without anything being built" \
        "$(cd "$scratch/course" && make lesson-conv 2>&1 </dev/null | tee "$scratch/first" | grep -qE '1 predict +not yet' || cat "$scratch/first")"
    cp lessons/01-conv/solutions/* "$scratch/course/student/01-conv/"
    verdict "and pass with right files" \
        "$(cd "$scratch/course" && make lesson-conv 2>&1 </dev/null | tee "$scratch/first" | grep -q 'All exercises' || cat "$scratch/first")"
    lessons/course.sh --solutions "$scratch/full" >/dev/null 2>&1
    verdict "with --solutions it has them" "$([ -s "$scratch/full/lessons/01-conv/solutions/conv2d_student.c" ] || echo none)"
    verdict "a course is not written over something" \
        "$(lessons/course.sh "$scratch/course" 2>&1 | grep -q 'not empty' || echo 'written')"
else
    verdict "a course can be exported" "$(cat "$scratch/errors")"
fi
echo "1..$number"
