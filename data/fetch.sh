#!/bin/sh
# fetch.sh [NAME...]: downloads mnist and fashion-mnist, or those named, into data/NAME/.
#
# Each file is fetched from the first mirror that has it, as FILE.gz.part, which a later run goes on
# with; it is renamed to FILE.gz only when the SHA-256 of its unpacked bytes is the one that
# data/checksums.txt states. What is there already and verified is left alone; what is there and
# wrong is renamed to *.bad. Mirrors pack the same bytes differently, hence "unpacked".
#
#   CONVLAB_MIRROR=URL   only this mirror; files are at URL/NAME/FILE.gz (https, http or file)
#
# Exit code: 0 all files are there, 1 some are not, 2 wrong usage.
set -u
cd "$(dirname "$0")" || exit 1

files='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

mirrors() { # mirrors NAME: folders that hold FILE.gz
    if [ -n "${CONVLAB_MIRROR:-}" ]; then
        echo "${CONVLAB_MIRROR%/}/$1"
        return
    fi
    case $1 in
    mnist)
        echo https://ossci-datasets.s3.amazonaws.com/mnist
        echo https://storage.googleapis.com/cvdf-datasets/mnist
        ;;
    fashion-mnist)
        echo https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion
        echo http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
        ;;
    esac
}

unpacked() { # unpacked PATH: its content, whether packed or not
    case $1 in
    *.gz | *.part) gzip -dc <"$1" 2>/dev/null ;;
    *) cat "$1" ;;
    esac
}

verified() { # verified PATH NAME/FILE
    case $1 in                                  # nothing may follow what is packed
    *.gz | *.part) gzip -t <"$1" 2>/dev/null || return 1 ;;
    esac
    expected=$(awk -v file="$2" '$2 == file { print $1 }' checksums.txt)
    found=$(unpacked "$1" | sha256sum | cut -d' ' -f1)
    [ -n "$expected" ] && [ "$found" = "$expected" ]
}

download() { # download URL PATH: continues PATH where it ends
    if command -v curl >/dev/null 2>&1; then
        quiet=-sS
        [ -t 2 ] && quiet=--progress-bar
        curl $quiet --fail --location --retry 1 --connect-timeout 10 \
            --speed-limit 1000 --speed-time 30 --continue-at - --output "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
        wget --no-verbose --tries 2 --timeout 30 --continue --output-document "$2" "$1"
    else
        echo "fetch.sh: needs curl or wget" >&2
        return 1
    fi
}

from_mirror() { # from_mirror MIRROR NAME FILE
    packed=$2/$3.gz
    part=$packed.part
    while :; do
        resumed=no
        [ -s "$part" ] && resumed=yes
        echo "$packed: from $1" >&2
        download "$1/$3.gz" "$part"
        code=$?
        if [ -s "$part" ] && verified "$part" "$2/$3"; then
            mv "$part" "$packed"
            return
        fi
        case $code in
        0) echo "$packed: its SHA-256 is not the expected one" >&2 ;;
        8 | 22 | 33 | 36) ;;                    # cannot be resumed, or is not there
        *) return 1 ;;                          # cut off: keep what has come
        esac
        rm -f "$part"
        [ $resumed = yes ] || return 1          # else once more, from the start
    done
}

fetch_file() { # fetch_file NAME FILE
    for path in "$1/$2" "$1/$2.gz"; do
        [ -e "$path" ] || continue
        verified "$path" "$1/$2" && return
        echo "$path: its SHA-256 is not the expected one; renamed to $path.bad" >&2
        mv "$path" "$path.bad" || return 1
    done
    for mirror in $(mirrors "$1"); do
        from_mirror "$mirror" "$1" "$2" && return
    done
    return 1
}

fetch_set() { # fetch_set NAME
    mkdir -p "$1" || return 1
    for file in $files; do
        if ! fetch_file "$1" "$file"; then
            echo "$1: no mirror could deliver $file. Run this again later, or put these four files," >&2
            echo "plain or with .gz, into $PWD/$1: $files" >&2
            [ "$1" = fashion-mnist ] &&
                echo "(Debian and Ubuntu have them as a package: apt-get install dataset-fashion-mnist)" >&2
            return 1
        fi
    done
    echo "$1: four files, SHA-256 verified, in $PWD/$1"
}

[ $# -gt 0 ] || set -- mnist fashion-mnist
for name in "$@"; do
    if [ -z "$(CONVLAB_MIRROR='' mirrors "$name")" ]; then
        echo "fetch.sh: expected mnist or fashion-mnist, found '$name'" >&2
        exit 2
    fi
done
result=0
for name in "$@"; do
    fetch_set "$name" || result=1
done
exit $result
