#!/bin/bash
# gradescope.sh LESSON ZIP: the autograder that Gradescope wants for one lesson: `make gradescope LESSON=conv`.
#
# In the zip: setup.sh and run_autograder (grade/gradescope/), the lesson's name, and an exported course
# (lessons/course.sh: programs instead of sources, no solutions), to which the grader's programs and the
# policies are added here and nowhere else: students never get those. Programs run where they were built and
# on newer systems: choose a base image that is not older than this machine. lib/ holds the libraries whose
# version may be another there.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
    echo "gradescope.sh: expected a lesson and a file to write; make gradescope LESSON=conv" >&2
    exit 2
fi
lesson=$1
mkdir -p "$(dirname "$2")"
zip=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$here"
folder=$(printf '%s\n' lessons/[0-9][0-9]-"$lesson")
if [ ! -f "$folder/lesson.json" ]; then
    echo "gradescope.sh: expected a lesson, found '$lesson'; build/convlab grade --list shows them" >&2
    exit 2
fi
command -v zip >/dev/null || { echo "gradescope.sh: zip is missing (Debian: zip)" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
source=$scratch/source
lessons/course.sh "$source/course" >/dev/null

programs='build/convlab-grade build/convlab-jailer build/convlab-worker build/convlab-worker-asan
    build/convlab-worker-cusim'
for program in $programs; do
    cp "$program" "$source/course/build/"
    strip -g "$source/course/$program"          # the worker's names are what its sanitizer reports
done
for policy in lessons/[0-9][0-9]-*/grading.json; do
    [ ! -f "$policy" ] || cp "$policy" "$source/course/$policy"
done
mkdir "$source/lib"
for program in build/convlab build/convlab-checked $programs; do
    ldd "$program"
done 2>/dev/null | awk '$3 ~ /libboost_context/ { print $3 }' | sort -u | while read -r library; do
    cp -L "$library" "$source/lib/"
done
cp grade/gradescope/setup.sh grade/gradescope/run_autograder "$source/"
chmod 755 "$source/setup.sh" "$source/run_autograder"
printf '%s\n' "$lesson" >"$source/lesson"

rm -f "$zip.new"
(cd "$source" && zip -q -r -X "$zip.new" .)
mv "$zip.new" "$zip"
echo "$zip: upload it as the autograder of $lesson"
