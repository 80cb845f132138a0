#!/bin/bash
# test_fetch.sh: data/fetch.sh against mirrors of our own, as TAP: verified, resumed, atomic.
#
# A copy of the script runs in a folder of its own, with checksums of four tiny files in place of
# MNIST's. Mirrors are folders behind file:// (curl) and a local web server (python3, which cannot
# resume: a mirror that makes us start anew), whichever this machine has.
set -u
cd "$(dirname "$0")/../.." || exit 1

source=$PWD/data/fetch.sh
place=$(mktemp -d) || exit 1
server=
trap 'rm -rf "$place"; [ -z "$server" ] || kill "$server"' EXIT
number=0
files='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

verdict() { # verdict NAME COMMAND...: passes if the command succeeds
    local name=$1
    shift
    number=$((number + 1))
    if "$@"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$place/log"
    fi
}

all_there() { # all_there: four packed files with the right content, and nothing else
    for f in $files; do
        gzip -dc "$place/data/mnist/$f.gz" | cmp -s - "$place/true/$f" || return 1
    done
    [ "$(ls "$place/data/mnist" | wc -l)" -eq 4 ]
}

fresh() { # fresh: no data, a good mirror
    rm -rf "$place/data/mnist" "$place/mirror"
    mkdir -p "$place/data" "$place/mirror/mnist"
    for f in $files; do
        gzip -c "$place/true/$f" >"$place/mirror/mnist/$f.gz"
    done
}

fetch() { # fetch MIRROR: runs it, output in the log
    CONVLAB_MIRROR=$1 "$place/data/fetch.sh" mnist >"$place/log" 2>&1
}

refused() { ! fetch "$@"; }
says() { grep -q -- "$1" "$place/log"; }
both() { "$1" "$2" && "$3"; }

mkdir -p "$place/data" "$place/true"
cp "$source" "$place/data/fetch.sh"
for f in $files; do
    head -c 40000 /dev/urandom >"$place/true/$f"
    (cd "$place/true" && sha256sum "$f" | sed 's|  |  mnist/|') >>"$place/data/checksums.txt"
done
images=train-images-idx3-ubyte

if ! command -v curl >/dev/null 2>&1; then
    echo "1..1"
    echo "ok 1 - fetch # SKIP curl is not installed"
    exit 0
fi
good=file://$place/mirror

fresh
verdict "downloads four files" both fetch "$good" all_there

before=$(stat -c %Y.%i "$place"/data/mnist/*)
rm -rf "$place/mirror"
fetch "$good"
verdict "leaves verified files alone" [ "$before" = "$(stat -c %Y.%i "$place"/data/mnist/*)" ]

fresh
mkdir "$place/data/mnist"
cp "$place/true/"* "$place/data/mnist/"
rm -rf "$place/mirror"
verdict "takes unpacked files as well" fetch "$good"

fresh
mkdir "$place/data/mnist"
head -c 20000 "$place/mirror/mnist/$images.gz" >"$place/data/mnist/$images.gz.part"
# Only the rest is needed: spoil the first half of the mirror's file, which a new start would read.
tail -c +20001 "$place/mirror/mnist/$images.gz" >"$place/rest"
(head -c 20000 /dev/zero; cat "$place/rest") >"$place/mirror/mnist/$images.gz"
verdict "resumes a cut download" both fetch "$good" all_there

fresh
mkdir "$place/data/mnist"
cp "$place/mirror/mnist/$images.gz" "$place/data/mnist/$images.gz.part"
verdict "accepts a part that is whole" both fetch "$good" all_there

fresh
mkdir "$place/data/mnist"
head -c 20000 /dev/urandom >"$place/data/mnist/$images.gz.part"
verdict "starts anew when the part was of another file" both fetch "$good" all_there

fresh
gzip -c "$place/true/t10k-images-idx3-ubyte" >"$place/mirror/mnist/$images.gz"
verdict "refuses a wrong checksum" refused "$good"
verdict "says that the checksum is wrong" says "$images.gz: its SHA-256 is not the expected one"
verdict "leaves no unverified file" [ ! -e "$place/data/mnist/$images.gz" ]
verdict "keeps no part of a wrong file" [ ! -e "$place/data/mnist/$images.gz.part" ]

fresh
echo junk >>"$place/mirror/mnist/$images.gz"
verdict "refuses bytes after the packed ones" refused "$good"

fresh
mkdir "$place/data/mnist"
echo mine >"$place/data/mnist/$images"
fetch "$good"
verdict "keeps a wrong file as .bad" grep -q mine "$place/data/mnist/$images.bad"
verdict "and fetches the right one" [ -e "$place/data/mnist/$images.gz" ]

fresh
verdict "fails when there is no mirror" refused "file://$place/nowhere"
verdict "says what to do then" says "put these four files"
CONVLAB_MIRROR=$good "$place/data/fetch.sh" cifar >"$place/log" 2>&1
verdict "refuses an unknown name with exit code 2" [ $? -eq 2 ]

fresh
rm -rf "$place/data/mnist"
echo "in the way" >"$place/data/mnist"
verdict "fails when its folder cannot be made" refused "$good"
rm -f "$place/data/mnist"

if command -v python3 >/dev/null 2>&1; then
    fresh
    python3 -u -m http.server --bind 127.0.0.1 --directory "$place/mirror" 0 \
        >"$place/server" 2>&1 &
    server=$!
    for _ in $(seq 50); do
        port=$(sed -nE 's/.*port ([0-9]+).*/\1/p' "$place/server")
        [ -n "$port" ] && break
        sleep 0.1
    done
    mkdir "$place/data/mnist"
    head -c 20000 "$place/mirror/mnist/$images.gz" >"$place/data/mnist/$images.gz.part"
    verdict "starts anew where a mirror cannot resume" both fetch "http://127.0.0.1:$port" all_there
    if command -v wget >/dev/null 2>&1; then
        mkdir "$place/bin"                      # all commands but curl
        for c in awk cat cut dirname gzip mkdir mv rm sed sha256sum sh wget; do
            ln -s "$(command -v $c)" "$place/bin/$c"
        done
        fresh
        mkdir "$place/data/mnist"
        head -c 20000 "$place/mirror/mnist/$images.gz" >"$place/data/mnist/$images.gz.part"
        PATH=$place/bin verdict "does as well with wget" fetch "http://127.0.0.1:$port"
        verdict "and has all files then" all_there
    fi
else
    number=$((number + 1))
    echo "ok $number - a web server # SKIP python3 is not installed"
fi
echo "1..$number"
