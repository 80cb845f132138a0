#!/bin/bash
# plot.sh: what a training run leaves behind to look at, and `convlab plot`, as TAP. $CONVLAB names
# the program (default build/convlab).
set -u
cd "$(dirname "$0")/../.." || exit 1
program=$(realpath "${CONVLAB:-build/convlab}")
programs=$PATH                                  # where convlab looks for gnuplot
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive LC_ALL=C
unset COLUMNS
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

train() { # train RUN OPTIONS...: stdout and stderr to files beside it
    local run=$1
    shift
    timeout 120 env PATH="$programs" "$program" train fashion-dnn --data digits --epochs 1 --out "$folder/$run" "$@" \
        >"$folder/$run.out" 2>"$folder/$run.err"
}

expect() { # expect NAME CODE WORDS ARGUMENTS...: `convlab plot` fails with this code and these words
    local name=$1 code=$2 words=$3 found output
    shift 3
    output=$(env PATH="$programs" "$program" plot "$@" 2>&1)
    found=$?
    verdict "$name" "$([ $found -eq "$code" ] && grep -qF -- "$words" <<<"$output" ||
                       echo "expected code $code and '$words', found $found and: $output")"
}

# Tags nest and end: what is between '<' and '>' is pushed and popped.
unsound() {
    awk -v RS='<' 'NR > 1 {
            split($0, part, ">"); tag = part[1]
            if (substr(tag, 1, 1) == "/") { if (open[depth--] != substr(tag, 2)) bad = 1 }
            else if (tag !~ /\/$/) { split(tag, word, /[ \n]/); open[++depth] = word[1] }
        }
        END { exit !(bad || depth || NR < 5) }' "$1" && echo "$1 is not well-formed"
}

train whole --max-steps 60
complaints=$([ $? -eq 0 ] || cat "$folder/whole.err")
verdict "a training run ends well" "$complaints"
verdict "steps.csv has every step" \
    "$(awk -F, 'NR == 1 && $0 != "step,epoch,loss" { print } NR > 1 && ($1 != NR - 1 || NF != 3) { print }
        END { if (NR != 61) print NR " lines" }' "$folder/whole/steps.csv" 2>&1)"
verdict "confusion.csv adds up to the accuracy" \
    "$(awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) { all += $i; if (i == NR) right += $i } }
        END { printf "Accuracy: %.4f\n", right / all }' "$folder/whole/confusion.csv" 2>&1 |
       grep -vxFf "$folder/whole.out")"
verdict "worst.csv: wrong answers, the surest first" \
    "$(awk -F, 'NR > 1 { if ($2 == $3 || (NR > 2 && $4 > before) || $4 < 0.1 || $4 > 1) print; before = $4 }
        END { if (NR != 21) print NR " lines" }' "$folder/whole/worst.csv" 2>&1)"

pictures="curves.svg confusion.svg filters.svg worst.svg"
if command -v gnuplot >/dev/null; then
    complaints=
    for picture in $pictures; do
        complaints+=$([ -s "$folder/whole/$picture" ] || echo "no $picture")
        complaints+=$(unsound "$folder/whole/$picture" 2>&1)
    done
    verdict "the pictures are there and well-formed" "$complaints"
    cp -r "$folder/whole" "$folder/again"
    (cd "$folder/again" && rm -f $pictures)
    complaints=$("$program" plot "$folder/again" --svg 2>&1 >/dev/null)
    for picture in $pictures; do
        complaints+=$(cmp "$folder/whole/$picture" "$folder/again/$picture" 2>&1)
    done
    verdict "plot --svg draws the same pictures from the files" "$complaints"
    echo "class,0,x" >"$folder/again/confusion.csv"
    expect "a broken confusion matrix is told" 3 "confusion.csv: expected as many rows" \
        "$folder/again" --svg
    awk -F, -v OFS=, 'NR > 1 { $2 = ($2 + 1) % 10 } { print }' "$folder/whole/worst.csv" \
        >"$folder/again/worst.csv"
    cp "$folder/whole/confusion.csv" "$folder/again"
    expect "worst answers that do not fit the images are told" 3 "worst.csv:2: digits has no such" \
        "$folder/again" --svg
else
    skip "the pictures are there and well-formed" "gnuplot is not installed"
    skip "plot --svg draws the same pictures from the files" "gnuplot is not installed"
    skip "a broken confusion matrix is told" "gnuplot is not installed"
    skip "worst answers that do not fit the images are told" "gnuplot is not installed"
fi

# Stopped at a step, with lines behind the checkpoint as a killed run leaves them, and resumed.
train parts --max-steps 25
for results in confusion.csv worst.csv; do
    cp "$folder/parts/$results" "$folder/parts.$results" 2>/dev/null
done
seq -f '%g,0.3,9.9' 26 199 >>"$folder/parts/steps.csv"
printf '200,0.' >>"$folder/parts/steps.csv"
train parts --max-steps 60 --resume
complaints=$([ $? -eq 0 ] || cat "$folder/parts.err")
for file in steps.csv confusion.csv worst.csv; do
    complaints+=$(cmp "$folder/whole/$file" "$folder/parts/$file" 2>&1)
done
for picture in $pictures; do
    command -v gnuplot >/dev/null &&
        complaints+=$(cmp "$folder/whole/$picture" "$folder/parts/$picture" 2>&1)
done
verdict "a resumed run leaves the same as one never stopped" "$complaints"
verdict "results of two ends of a run differ" \
    "$(cmp -s "$folder/parts.confusion.csv" "$folder/parts/confusion.csv" && echo "they are the same")"

# The signal comes to a run that goes on after it had once ended: that end's results are not its own.
train stopped --max-steps 1
"$program" train fashion-dnn --data digits --epochs 5000 --out "$folder/stopped" --resume \
    >"$folder/stopped.out" 2>"$folder/stopped.err" &
child=$!
for _ in $(seq 300); do
    grep -q Epoch "$folder/stopped.out" && break
    sleep 0.1
done
kill -INT $child
wait $child
code=$?
complaints=$([ $code -eq 130 ] || echo "exit code $code"; [ -e "$folder/stopped/confusion.csv" ] &&
             echo "a confusion matrix without an evaluation")
command -v gnuplot >/dev/null && complaints+=$(unsound "$folder/stopped/curves.svg" 2>&1)
verdict "Ctrl-C leaves the curves" "$complaints"

programs=/nonexistent
train bare --max-steps 5
code=$?
verdict "no gnuplot: the run is none the worse, one line says how to get it" \
    "$([ $code -eq 0 ] || echo "exit code $code"; [ -s "$folder/bare/worst.csv" ] || echo "no CSV"
       [ "$(grep -c 'gnuplot is not installed.*apt-get install' "$folder/bare.err")" = 1 ] ||
           cat "$folder/bare.err"
       find "$folder/bare" -name '*.svg')"
expect "no gnuplot: plot draws text, --svg says what is missing" 4 \
    "gnuplot is not installed" "$folder/bare" --svg
programs=$PATH

cat >"$folder/table.csv" <<'END'
x,y
0,0
1,1
2,4
3,nan
4,16
END
"$program" plot "$folder/table.csv" --columns 30 --ascii | tail -n +3 >"$folder/table.out"
verdict "a table as a curve, and a gap where there is no number" "$(diff - "$folder/table.out" <<'END'
   |                         *
15 +
   |
   |
   |
   |
10 +
   |
   |
   |
   |
 5 +
   |            **
   |          **
   |        **
   |    ****
 0 +****
   ++------------+-----------+
    0            2           4
                x
END
)"
mkdir "$folder/log"
printf 'epoch,cost,seconds\n1,30,1\n2,20,1\n3,12,1\n' >"$folder/log/log.csv"
verdict "without steps, the epochs' costs in the middle of the epochs" \
    "$("$program" plot "$folder/log" --columns 40 | diff - <(cat <<'END'
loss: mean cross-entropy [nat]
30 +**
   |  ***
   |     ***
25 +        ***
   |           ***
   |              ***
20 +                 ****
   |                     ****
   |                         ****
15 +                             ****
   |                                 ***
10 +
   |
   |
 5 +
   |
   |
 0 +
   +---------+----------------+---------
             1                2
                   epoch

cost 12 in epoch 3, 30 in the first
END
))"
verdict "a run's curve as text" \
    "$("$program" plot "$folder/whole" | grep -qE '^loss [0-9.]+ in step 60$' || echo "no last line"
       "$program" plot "$folder/whole" --columns 40 | awk 'length($0) > 40 { print length($0) ": " $0 }')"
mkdir "$folder/none"
expect "a folder that is no run" 3 "not a run folder" "$folder/none"
expect "a folder that is not there" 3 "not a run folder" "$folder/nowhere"
expect "no folder" 2 "convlab plot" --svg
cp -r "$folder/whole" "$folder/broken"
sed -i '7s/.*/6,what/' "$folder/broken/steps.csv"
expect "a broken line is named" 3 "steps.csv:7: expected 3 columns, found 2" "$folder/broken"
echo "epoch,kost" >"$folder/broken/log.csv"
rm "$folder/broken/steps.csv"
expect "a missing column is named" 3 "log.csv:1: expected a column 'cost'" "$folder/broken"
: >"$folder/broken/log.csv"
expect "an empty log" 3 "log.csv: empty file" "$folder/broken"
echo "epoch,cost" >"$folder/broken/log.csv"
expect "a run without a step yet" 0 "no data" "$folder/broken"
verdict "a full disk under the output is told" \
    "$("$program" plot "$folder/whole" 2>&1 >/dev/full | grep -q 'cannot write' || echo "it is not")"

echo "1..$number"
