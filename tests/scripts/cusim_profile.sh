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

# An nvcc that fails: the same figures with and without a CUDA Toolkit.
mkdir "$folder/none" "$folder/bin"
printf '#!/bin/sh\nexit 1\n' >"$folder/none/nvcc"
chmod +x "$folder/none/nvcc"

for source in tests/cusim/profile/*.cu; do
    name=$(basename "$source" .cu)
    complaint=$({ PATH="$folder/none:$PATH" "$compiler" --profile "$source" -o "$folder/$name" &&
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

# Registers come from nvcc; this one tells what it is told to tell.
cat >"$folder/bin/nvcc" <<'EOF'
#!/bin/sh
cat >&2 <<'END'
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_Z5plainILi192EEvPf' for 'sm_80'
ptxas info    : Function properties for _Z5plainILi192EEvPf
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 33 registers, used 0 barriers, 360 bytes cmem[0]
ptxas info    : Compiling entry function '_Z5plainILi32EEvPf' for 'sm_80'
ptxas info    : Used 48 registers, used 0 barriers, 360 bytes cmem[0]
ptxas info    : Compiling entry function '_Z13static_sharedPf' for 'sm_80'
ptxas info    : Used 255 registers, used 1 barriers, 32768 bytes smem, 360 bytes cmem[0]
END
EOF
chmod +x "$folder/bin/nvcc"
program=$folder/profile_occupancy
PATH="$folder/bin:$PATH" "$compiler" --profile tests/cusim/profile/profile_occupancy.cu \
    -o "$program" && CUSIM_PROFILE_JSON=$folder/registers.json "$program" 2>/dev/null
flatten "$folder/registers.json" >"$folder/registers.flat"

registers_of() { # registers_of KERNEL: registers, blocks and what limits them
    local k
    k=$(awk -F '\t' -v name="$1" '$1 ~ /\.name$/ && $2 == name { print $1 }' "$folder/registers.flat")
    awk -F '\t' -v k="${k%.name}.occupancy." '
        index($1, k) == 1 { have[substr($1, length(k) + 1)] = $2 }
        END { print have["registers"], have["blocks_per_sm"], have["limited_by"] }' \
        "$folder/registers.flat"
}
# 40 registers after rounding are 12 warps in each quarter: 48 warps, 8 blocks of 6.
verdict "33 registers leave 8 blocks of 192 threads" \
    "$(registers_of 'plain<192>' | grep -vx '33 8 registers')"
verdict "48 registers do not limit blocks of one warp" \
    "$(registers_of 'plain<32>' | grep -vx '48 32 blocks')"
verdict "255 registers leave one block of 256 threads" \
    "$(registers_of static_shared | grep -vx '255 1 registers')"
verdict "registers of the other kernels are unknown" \
    "$(registers_of barriers | grep -vx 'null 32 threads')"

if command -v nvcc >/dev/null 2>&1; then
    "$compiler" --profile tests/cusim/profile/profile_shared.cu -o "$folder/real" &&
        CUSIM_PROFILE_JSON=$folder/real.json "$folder/real" 2>/dev/null
    flatten "$folder/real.json" >"$folder/real.flat"
    verdict "the real nvcc tells registers and shared memory" \
        "$(grep -E '^kernels\.[0-9]+\.occupancy\.registers' "$folder/real.flat" |
           grep -vE $'\t[1-9][0-9]*$'
           grep -q $'^kernels.2.occupancy.shared_bytes\t4224' "$folder/real.flat" || echo "shared")"
else
    skip "the real nvcc tells registers and shared memory" "there is no nvcc"
fi

verdict "without objdump FLOP are unknown, and the rest is not" \
    "$(CUSIM_PROFILE_JSON=$folder/bare.json PATH=/nowhere "$program" 2>"$folder/bare.txt" ||
       echo "exit code $?"
       flatten "$folder/bare.json" >"$folder/bare.flat"
       grep -q $'^kernels.0.flop\tnull' "$folder/bare.flat" || echo "flop is not null"
       grep -q $'^kernels.0.global.store.requests\t32' "$folder/bare.flat" || echo "no requests"
       grep -q 'operations *unknown: objdump' "$folder/bare.txt" || cat "$folder/bare.txt")"
verdict "a JSON file that cannot be written is told by name" \
    "$(CUSIM_PROFILE_JSON=/nowhere/x "$program" 2>&1 |
       grep -q 'cusim: cannot write the profile to /nowhere/x: ' || echo "not told")"
verdict "CUSIM_PROFILE=0 turns it off" "$(CUSIM_PROFILE=0 "$program" 2>&1)"

echo "1..$number"
