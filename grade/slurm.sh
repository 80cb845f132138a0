#!/bin/bash
#SBATCH --job-name=convlab-grade
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=02:00:00
#SBATCH --output=/dev/null
# slurm.sh FOLDER OUT [OPTIONS...]: the submissions in FOLDER as a Slurm job array, one submission per task, and
# a job behind it that puts the results together. Run it on the login node, from anywhere:
#
#     grade/slurm.sh /home/me/submissions /home/me/graded --lesson conv
#
# FOLDER, OUT and this checkout must be on a file system that all nodes share. OPTIONS are those of
# `convlab grade`; more for sbatch goes into its variables (SBATCH_PARTITION, ...). Each task leaves what it
# said in OUT/.slurm/. The gradebook is that of one machine with the same secret. Again after an interruption:
# what is complete stays. An array has as many tasks as the site allows (MaxArraySize): CHUNK=4 gives each task
# four submissions.
set -u

task() { # task CHECKOUT OUT CHUNK [OPTIONS...]: in a task: its share of the list
    local convlab=$1/build/convlab course=$1 out=$2 chunk=$3 first paths code
    shift 3
    first=$((SLURM_ARRAY_TASK_ID * chunk))
    mapfile -d '' -s "$first" -n "$chunk" paths <"$out/.slurm/list"
    "$convlab" grade "${paths[@]}" --course "$course" --out "$out" --jobs "${SLURM_CPUS_PER_TASK:-1}" \
        --no-gradebook "$@" >"$out/.slurm/task-$SLURM_ARRAY_TASK_ID" 2>&1
    code=$?
    echo "exit code $code" >>"$out/.slurm/task-$SLURM_ARRAY_TASK_ID"
    return $code
}

if [ "${1:-}" = --task ]; then
    shift
    task "$@"
    exit
fi

here=$(cd "$(dirname "$0")/.." && pwd)
convlab=$here/build/convlab
chunk=${CHUNK:-1}
if [ $# -lt 2 ] || [ ! -d "$1" ]; then
    echo "slurm.sh: expected a folder of submissions and a folder for the results" >&2
    exit 2
fi
command -v sbatch >/dev/null || { echo "slurm.sh: sbatch is missing: this is no login node of a Slurm cluster" >&2; exit 4; }
mkdir -p "$2/.slurm" || exit 3
submissions=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
shift 2

shopt -s nullglob
paths=("$submissions"/*)
"$convlab" grade --list "${paths[@]}" >/dev/null || exit      # two of one name would overwrite each other
printf '%s\0' "${paths[@]}" >"$out/.slurm/list"

last=$(((${#paths[@]} + chunk - 1) / chunk - 1))
array=$(sbatch --parsable --array="0-$last" "$here/grade/slurm.sh" --task "$here" "$out" "$chunk" "$@") || exit 1
array=${array%%;*}                              # the cluster's name may be behind it
book=$(sbatch --parsable --dependency="afterany:$array" --output="$out/.slurm/gradebook" \
    --wrap "$(printf '%q ' "$convlab" grade --gradebook "$out")") || exit 1
echo "array job $array: ${#paths[@]} submissions; job ${book%%;*} then writes $out/gradebook.csv"
