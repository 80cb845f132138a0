#!/bin/bash
# parallel.sh FOLDER OUT [OPTIONS...]: the submissions in FOLDER spread by GNU parallel, over the processors of
# this machine or, with its own options in $PARALLEL, over several that share the folders:
#
#     PARALLEL='--sshloginfile machines --workdir .' grade/parallel.sh submissions graded --lesson conv
#
# The unit of work is one submission. Units share OUT, where the first one draws the secret; in the end their
# results are put together: the gradebook is that of one `convlab grade` with the same secret. OPTIONS are
# those of `convlab grade`. What was interrupted goes on where it was.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
convlab=${CONVLAB:-$here/build/convlab}

if [ $# -lt 2 ] || [ ! -d "$1" ]; then
    echo "parallel.sh: expected a folder of submissions and a folder for the results" >&2
    exit 2
fi
command -v parallel >/dev/null || { echo "parallel.sh: GNU parallel is missing (Debian: parallel)" >&2; exit 4; }
mkdir -p "$2" || exit 3
submissions=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
shift 2

shopt -s nullglob
paths=("$submissions"/*)
"$convlab" grade --list "${paths[@]}" >/dev/null || exit      # two of one name would overwrite each other

printf '%s\0' "${paths[@]}" |
    parallel --null --jobs "${JOBS:-100%}" "$convlab" grade {} --course "$here" --out "$out" --jobs 1 \
        --no-gradebook "$@"
code=$?
"$convlab" grade --gradebook "$out" || exit
exit $((code > 0))
