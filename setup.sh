#!/bin/sh
# setup.sh PART...: makes sure that what a part of the project is built with is there.
#
# Parts: core (the program), test, coverage, bench (Google Benchmark), report (gnuplot), peers (OpenBLAS,
# oneDNN), grade (the grader), sandbox (bubblewrap; zip, and GNU parallel). For each header, library or
# command that is missing, the Debian package that has it is installed when we are root or may use sudo
# without a password; otherwise the one command that would do it is printed and we stop. Silent when
# nothing is missing.
set -u

CC=${CC:-cc}
missing=

need() { # need PACKAGE, when the test that was run just before has failed
    [ $? -eq 0 ] || missing="$missing $1"
}

compiles() { # compiles HEADER FLAGS...: includes the header and links with the flags
    header=$1
    shift
    probe=$(mktemp -d) || exit 1
    printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <%s>\nint main(void) { return 0; }\n' \
        "$header" >"$probe/probe.c"
    $CC "$probe/probe.c" -o "$probe/probe" "$@" >/dev/null 2>&1
    result=$?
    rm -rf "$probe"
    return $result
}

compiles_cpp() { # the same in C++
    (CC="${CXX:-g++} -x c++"; compiles "$@")
}

look_for() {
    missing=
    case $1 in
    core)
        compiles stdio.h; need build-essential
        if $CC --version 2>/dev/null | grep -q clang; then
            compiles omp.h -fopenmp; need libomp-dev
        else
            compiles omp.h -fopenmp; need gcc
        fi
        compiles jansson.h -ljansson; need libjansson-dev
        compiles zlib.h -lz; need zlib1g-dev
        compiles_cpp boost/context/detail/fcontext.hpp -lboost_context; need "g++ libboost-context-dev"
        ;;
    test) compiles cmocka.h -lcmocka; need libcmocka-dev ;;
    coverage) command -v gcovr >/dev/null 2>&1; need gcovr ;;
    bench) compiles_cpp benchmark/benchmark.h -lbenchmark -lpthread; need libbenchmark-dev ;;
    report) command -v gnuplot >/dev/null 2>&1; need gnuplot-nox ;;
    peers)
        compiles openblas_config.h -I/usr/include/"$(uname -m)"-linux-gnu/openblas-openmp
        need libopenblas-openmp-dev
        compiles dnnl.h -ldnnl; need libdnnl-dev ;;
    grade)
        compiles archive.h -larchive; need libarchive-dev
        compiles ffi.h -lffi; need libffi-dev
        compiles seccomp.h -lseccomp; need libseccomp-dev ;;
    sandbox)
        command -v bwrap >/dev/null 2>&1; need bubblewrap
        command -v zip >/dev/null 2>&1; need zip
        command -v unzip >/dev/null 2>&1; need unzip
        command -v parallel >/dev/null 2>&1; need parallel ;;
    *)
        echo "setup.sh: expected core, test, coverage, bench, report, peers, grade or sandbox, found '$1'" >&2
        exit 2
        ;;
    esac
}

install_packages() { # install_packages PART PACKAGE...
    part=$1
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "convlab needs, for $part, the libraries of these Debian packages: $*" >&2
        echo "Install them with this system's package manager and try again." >&2
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        echo "convlab needs, for $part, these packages: $*" >&2
        echo "Please run:  sudo apt-get install $*" >&2
        exit 1
    fi
    echo "convlab: installing what $part needs: $*"
    log=$(mktemp) || exit 1
    if ! { $as_root apt-get update &&
           $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
         } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "convlab: the installation failed; please run:  sudo apt-get install $*" >&2
        exit 1
    fi
    rm -f "$log"
}

for part in "$@"; do
    look_for "$part"
    [ -z "$missing" ] && continue
    # shellcheck disable=SC2086  # a list of packages
    install_packages "$part" $missing
    look_for "$part"
    if [ -n "$missing" ]; then
        echo "convlab: still missing for $part after the installation:$missing" >&2
        exit 1
    fi
done
