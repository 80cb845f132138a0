#!/bin/bash
# cusim_profile.sh: the profile's figures against known answers, as TAP.
#
# The programs in tests/cusim/profile say in comments what they expect, and why:
#   // expect KERNEL WHAT VALUE         WHAT is a path in the JSON file, from the kernel on
#   // expect here KERNEL WHAT VALUE    of the accesses (SPACE.OP.WHAT) on this line, or of the
#                                       branch (divergence.WHAT)
# VALUE is a number (equal to 5 digits), a range A..B, or text, with ~ for a space.
set -u
cd "$(dirname "$0")/../.." || exit 1

compiler=${CUSIM_CC:-build/cusim-cc}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
number=0

verdict() { # verdict NAME COMPLAINTS: passes if there are none
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

skip() { # skip NAME REASON
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# Turns JSON into lines PATH<tab>VALUE, such as "kernels.0.global.load.requests	128".
flatten() {
    awk '
        function value(path,    c, i) {
            sub(/^[ \t\n]+/, "", text)
            c = substr(text, 1, 1)
            if (c == "{" || c == "[") {
                text = substr(text, 2)
                for (i = 0; ; i++) {
                    sub(/^[ \t\n,]+/, "", text)
                    if (text ~ /^[]}]/) { text = substr(text, 2); return }
                    if (text == "") { print "error\tends too early"; return }
                    if (c == "[") value(path "." i)
                    else { name = token(); sub(/^[ \t\n]*:/, "", text); value(path "." name) }
                }
            }
            print substr(path, 2) "\t" token()
        }
        function token(    t) {
            if (match(text, /^"([^"\\]|\\.)*"/)) t = substr(text, 2, RLENGTH - 2)
            else if (match(text, /^[-+.0-9A-Za-z]+/)) t = substr(text, 1, RLENGTH)
            else { print "error\t" substr(text, 1, 40); text = ""; return "" }
            text = substr(text, RLENGTH + 1)
            return t
        }
        { text = text $0 "\n" }
        END { value("") }' "$1"
}

# Prints "ok" or "not ok" and the name for each expectation of program $1; $2 is its flat profile.
compare() {
    awk -F '\t' -v source="$1" '
        FILENAME != source {
            if ($1 == "error") { print "not ok the profile is JSON: " $2; next }
            path = $1
            if (!sub(/^kernels\./, "", path)) next
            k = path; sub(/\..*/, "", k); sub(/^[0-9]+\./, "", path)
            if (path == "name") kernel[k] = $2
            split(path, part, ".")
            if (part[1] == "accesses" || part[1] == "divergence") {
                at = k "." part[1] "." part[2]
                if (part[3] == "line") line[at] = $2
                else if (part[3] == "space") space[at] = $2
                else if (part[3] == "op") op[at] = $2
                prefix = part[1] == "accesses" ? space[at] "." op[at] : "divergence"
                have[kernel[k] "@" line[at] " " prefix "." part[3]] = $2
            } else
                have[kernel[k] " " path] = $2
            next
        }
        match($0, /\/\/ expect /) {
            n = split(substr($0, RSTART + 10), word, " ")
            where = word[1] == "here"
            key = where ? word[2] "@" FNR " " word[3] : word[1] " " word[2]
            want = word[where + 3]
            gsub(/~/, " ", want)
            got = key in have ? have[key] : "nothing"
            if (n != where + 3) good = 0
            else if (want ~ /^[0-9.]+\.\.[0-9.]+$/) {
                split(want, end, /\.\./)
                good = got ~ /^[0-9]/ && got + 0 >= end[1] + 0 && got + 0 <= end[2] + 0
            } else if (want ~ /^[0-9.]+$/)
                good = got ~ /^[0-9]/ && got - want <= 1e-5 * want && want - got <= 1e-5 * want
            else
                good = got == want
            print (good ? "ok " : "not ok ") key " is " want (good ? "" : ", got " got)
        }' "$2" "$1"
}

if ! [ -x "$compiler" ]; then
    skip "the profile" "$compiler is not built"
    echo "1..$number"
    exit
fi

for source in tests/cusim/profile/*.cu; do
    name=$(basename "$source" .cu)
    complaint=$({ "$compiler" --profile "$source" -o "$folder/$name" &&
        CUSIM_PROFILE_JSON=$folder/$name.json timeout 120 "$folder/$name" 2>"$folder/$name.txt" ||
        { echo "exit code $?"; cat "$folder/$name.txt"; }; } 2>&1)
    verdict "$name compiles, runs and says nothing but its profile" "$complaint"
    if ! [ -s "$folder/$name.json" ]; then
        verdict "$name writes JSON" "no file"
        continue
    fi
    flatten "$folder/$name.json" >"$folder/$name.flat"
    while IFS= read -r line; do
        verdict "$name: ${line#*ok }" "$(case $line in not*) echo "$line" ;; esac)"
    done < <(compare "$source" "$folder/$name.flat")
done

# The table names the line that a student should look at.
table=$folder/profile_shared.txt
line=$(grep -n 'y\[at\] = tile' tests/cusim/profile/profile_shared.cu | head -n 1 | cut -d: -f1)
verdict "the table names the line with the bank conflict" \
    "$(grep -qE "profile_shared\.cu:$line: shared load, 32\.00 passes .*32 ways.*transpose_tile" \
        "$table" || sed -n '/lines worth/,$p' "$table")"

if command -v nvcc >/dev/null 2>&1; then
    verdict "registers are known where nvcc is" \
        "$(grep -E 'plain<32>|^kernels\.[0-9]+\.occupancy\.registers' \
            "$folder/profile_occupancy.flat" | grep -E 'registers.*(null|[^0-9]0)$')"
else
    skip "registers are known where nvcc is" "no nvcc"
fi

echo "1..$number"
