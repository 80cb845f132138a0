#!/bin/bash
# course.sh [--solutions] DIR: a course for students, in a new folder: programs, headers, lessons and
# starters; no solution, no source of a kernel, a reference or a known-wrong kernel.
#
# Programs instead of sources, because the suite's own kernels are the solutions. They run where they were
# built, and on machines with the same Linux: build on what the students use. A student needs a C compiler,
# make, and for the CUDA lessons g++.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

solutions=
[ "${1:-}" = --solutions ] && { solutions=yes; shift; }
if [ $# -ne 1 ] || [ -z "$1" ]; then
    echo "course.sh: expected a folder for the course; make course DIR=... [SOLUTIONS=1]" >&2
    exit 2
fi
if [ -e "$1" ] && { [ ! -d "$1" ] || [ -n "$(ls -A "$1")" ]; }; then
    echo "course.sh: $1: expected a new folder or an empty one, found something that is not empty" >&2
    exit 2
fi
mkdir -p "$1"
to=$(cd "$1" && pwd)
cd "$here"

copy() { # copy FILE...: to the same place in the course
    for file in "$@"; do
        mkdir -p "$to/$(dirname "$file")"
        cp -p "$file" "$to/$file"
    done
}

for program in build/convlab build/convlab-checked build/cusim-cc; do
    copy "$program"
    strip "$to/$program"
done
copy build/libcusim.a
copy kernels/*/*.h kernels/core/cuda_launch.cuh LICENSE
rm -f "$to"/kernels/*/*_variants.h "$to"/kernels/gemm/gemm_*.h
find cusim/include -type f | while read -r file; do copy "$file"; done

for folder in lessons/[0-9][0-9]-*/; do
    folder=${folder%/}
    [ -f "$folder/lesson.json" ] || continue
    name=${folder#lessons/[0-9][0-9]-}
    copy "$folder/lesson.json" "$folder/README.md" "$folder/README.ko.md" "$folder"/exercises/*
    find "$folder" -maxdepth 1 -name '*.h' | while read -r file; do copy "$file"; done
    copy "build/lessons/$name/demo.so"
    strip -g "$to/build/lessons/$name/demo.so"
    if [ -n "$solutions" ]; then
        copy "$folder"/solutions/*
    fi
done

cp lessons/course.mk "$to/Makefile"
cp lessons/STUDENTS.md "$to/README.md"
echo "$to: $(find "$to"/lessons -name lesson.json | wc -l) lessons, ${solutions:+with}${solutions:-without} solutions" |
    sed 's/withyes/with/'
