#!/bin/bash
# setup.sh: runs once, when Gradescope builds the image: installs what the grader runs with.
#
# A compiler for the submissions, the sandbox, and the libraries of the programs. Fails, and with it the
# image, if the grader cannot start or nothing here can hold a submission: better now than at the deadline.
set -u
root=${CONVLAB_AUTOGRADER:-/autograder}
source=$root/source

first_of() { # first_of PACKAGE...: the first of these names that this system has
    for package in "$@"; do
        apt-cache show "$package" >/dev/null 2>&1 && { echo "$package"; return; }
    done
    echo "setup.sh: expected one of the packages $*, found none" >&2
}

if [ -z "${CONVLAB_NO_INSTALL:-}" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update || exit 1
    # shellcheck disable=SC2046  # names of packages
    apt-get install -y --no-install-recommends gcc g++ libc6-dev bubblewrap libgomp1 libjansson4 zlib1g \
        libffi8 libseccomp2 $(first_of libarchive13 libarchive13t64) $(first_of libasan8 libasan6) || exit 1
fi

# Libraries that this system has in another version: those of the zip, beside the system's.
where=$(dirname "$(ldconfig -p | awk '/libc\.so\.6/ { print $NF; exit }')")
for library in "$source"/lib/*; do
    name=$(basename "$library")
    ldconfig -p | grep -qF "$name" || cp "$library" "$where/" || exit 1
done

if ! "$source/course/build/convlab" grade --list --course "$source/course" --lesson "$(cat "$source/lesson")"; then
    echo "setup.sh: the grader does not start here. Its programs were built on another system: take a base" >&2
    echo "image that is not older than that one (Ubuntu 24.04 for Debian 12)." >&2
    ldd "$source/course/build/convlab-grade" 2>&1 | grep -iE 'not found' >&2
    exit 1
fi
"$source/course/build/convlab" grade --self-test
