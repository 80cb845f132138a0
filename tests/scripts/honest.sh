#!/bin/bash
# honest.sh [NAME...]: grades every solution of tests/honest (or those named), as TAP: honest work in whatever style
# gets full marks. Speed counts only where the style says that it is fast.
#
# A line "honest: lesson=..., exercise=..., file=..., style=..." anywhere in a file says what it solves. Solutions
# of different exercises are handed in together, by as few students as that takes.
set -u
cd "$(dirname "$0")/../.." || exit 1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive CONVLAB_LANG=en NO_COLOR=1 LC_ALL=C.UTF-8

if [ ! -x "${CONVLAB:-build/convlab}-grade" ]; then
    echo "1..0 # SKIP build/convlab-grade is not built; make graders builds it"
    exit 0
fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
chmod 711 "$scratch"                            # in tier landlock the sandbox has a user id of its own

field() { # field FILE KEY: what the file's tag says of it
    grep -aoE "honest: .*" "$1" | head -n 1 | sed -nE "s/.*[ ,]$2=([^,*]*).*/\1/p" | sed 's/ *$//'
}

# ---- Who hands in what ----

declare -A student=()
hand_in() { # hand_in FILE: the first student who has nothing of that name yet takes it
    local folder place number=0
    folder=$(printf '%s\n' lessons/[0-9][0-9]-"$(field "$1" lesson)")
    place=${folder##*/}/$(field "$1" file)
    while [ -e "$scratch/in/student$number/$place" ]; do number=$((number + 1)); done
    mkdir -p "$scratch/in/student$number/${folder##*/}"
    cp "$1" "$scratch/in/student$number/$place"
    student[$1]=student$number
}

if [ $# -gt 0 ]; then
    solutions=("${@/#/tests/honest/}")
else
    solutions=(tests/honest/*.c tests/honest/*.cu)
fi
for file in "${solutions[@]}"; do hand_in "$file"; done

# ---- Grading ----

tier=$("${CONVLAB:-build/convlab}" grade --self-test 2>/dev/null | tail -n 1)
scored=()
case $tier in *none*) scored=(--practice) ;; esac
timeout 600 "${CONVLAB:-build/convlab}" grade "$scratch"/in/* --course . --out "$scratch/out" --jobs "$(nproc)" "${scored[@]}" \
    >"$scratch/log" 2>&1
code=$?

# ---- Marks ----

# One line per part of each exercise in result.json, which is written with an entry per line: LESSON EXERCISE
# PART POINTS MAX TEXT
parts() {
    awk '
        function value() { sub(/^ *"[a-z_0-9]+": /, ""); sub(/,$/, ""); gsub(/^"|"$/, ""); return $0 }
        { match($0, /^ */); deep = RLENGTH }
        /^ *"lesson": / && deep == 3 { lesson = value() }
        /^ *"exercise": / && deep == 3 { exercise = value() }
        /^ *"name": / && deep == 5 { name = value(); points = max = 0; text = ""; gsub(/ /, "_", name) }
        /^ *"points": / && deep == 5 { points = value() }
        /^ *"max": / && deep == 5 { max = value() }
        /^ *"text": / && deep == 5 { text = value() }
        /^ *}/ && deep == 4 { print lesson, exercise, name, points, max, text }
    ' "$1"
}

complaints() { # complaints FILE: where marks are missing
    local result=$scratch/out/${student[$1]}/result.json
    if [ ! -e "$result" ]; then
        echo "no result; the grader ended with exit code $code and said:"
        tail -n 5 "$scratch/log"
        return
    fi
    parts "$result" | awk -v lesson="$(field "$1" lesson)" -v exercise="$(field "$1" exercise)" \
        -v style="$(field "$1" style)" '
        $1 == lesson && $2 == exercise && !($3 == "speed" && style !~ /fast/) {
            counted++
            if ($4 != $5 || $5 == 0) print $3 ": " $4 " of " $5 substr($0, length($1 $2 $3 $4 $5) + 5)
        }
        END { if (!counted) print "no part of " lesson "/" exercise " in the result" }'
}

number=0
for file in "${solutions[@]}"; do
    number=$((number + 1))
    said=$(complaints "$file")
    name="${file##*/}: $(field "$file" style)"
    if [ -z "$said" ]; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        printf '%b\n' "${said//\"/}" | head -n 20 | sed 's/^/# /'
    fi
done
echo "1..$number"
