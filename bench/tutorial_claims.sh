#!/bin/bash
# tutorial_claims.sh [SEEDS [LONG_SEEDS]]: is the deeper network really worse?
#
# Trains every network as the tutorials do (SEEDS seeds for those of 5 epochs, LONG_SEEDS for the two
# of 15) and evaluates each three ways: right; on raw pixels 0..255; on raw pixels in training mode, that
# is with dropout on. The tutorials' own figures for MNIST came from the latter two. Runs that are already there are
# not repeated, so it can be stopped and started again. Results: runs/claims/claims.csv and a table.
set -eu
cd "$(dirname "$0")/.."
seeds=${1:-5} long_seeds=${2:-5}
program=build/convlab out=runs/claims
mkdir -p "$out"

printed() { # what the tutorials print
    case $1 in
    cnn-basic) echo "0.9881 0.9874" ;;
    cnn-deep) echo "0.9775 0.9838" ;;
    convnet-bn) echo "-" ;;
    fashion-dnn) echo "0.863" ;;
    fashion-cnn) echo "0.905" ;;
    esac
}

accuracy() { # accuracy RUN OPTIONS...
    "$program" eval "$@" | sed -n 's/^Accuracy: //p'
}

one_run() { # one_run NET SEED: trains unless it has been, then prints a line of the CSV per evaluation
    local net=$1 seed=$2
    local run=$out/$net-$seed
    if [ ! -e "$run/finished" ]; then
        local resume=
        [ -e "$run/checkpoint.safetensors" ] && resume=--resume
        "$program" train "$net" --seed "$seed" --out "$run" $resume >"$out/$net-$seed.txt"
        touch "$run/finished"
    fi
    echo "$net,$seed,right,$(accuracy "$run")"
    echo "$net,$seed,raw,$(accuracy "$run" --raw-pixels)"
    echo "$net,$seed,raw+train-mode,$(accuracy "$run" --raw-pixels --train-mode)"
}

csv=$out/claims.csv
echo "network,seed,evaluation,accuracy" >"$csv.new"
for ((i = 0; i < seeds || i < long_seeds; i++)); do
    for net in fashion-dnn convnet-bn fashion-cnn cnn-basic cnn-deep; do
        case $net in cnn-*) most=$long_seeds ;; *) most=$seeds ;; esac
        [ "$i" -lt "$most" ] && one_run "$net" $((777 + i)) >>"$csv.new"
    done
done
mv "$csv.new" "$csv"

echo "accuracy in %: mean, spread (sample standard deviation), number of seeds"
printf '%-12s %-15s %-20s %-20s %-20s\n' network "tutorials print" "evaluated right" \
    "raw pixels" "raw, train mode"
for net in cnn-basic cnn-deep convnet-bn fashion-dnn fashion-cnn; do
    printf '%-12s %-15s' "$net" "$(printed $net)"
    for evaluation in right raw raw+train-mode; do
        awk -F, -v net=$net -v evaluation=$evaluation '
            $1 == net && $3 == evaluation { n++; sum += $4; squares += $4 * $4 }
            END {
                if (n == 0) { printf " %-20s", "-"; exit }
                mean = sum / n
                deviation = n > 1 ? sqrt((squares - n * mean * mean) / (n - 1) + 1e-18) : 0
                printf " %-20s", sprintf("%.2f +- %.2f (%d)", 100 * mean, 100 * deviation, n)
            }' "$csv"
    done
    echo
done
