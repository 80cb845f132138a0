#!/bin/bash
# house.sh: the rules of the house, as TAP: who may include whom, headers that stand alone, file
# names that are unique, lines and functions that stay short.
set -u
cd "$(dirname "$0")/../.." || exit 1

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

sources() { git ls-files --cached --others --exclude-standard "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# A folder includes only itself and those named here.
may_include() {
    case $1 in
    kernels) echo kernels ;;
    data) echo data kernels ;;
    reference) echo reference kernels ;;
    plot) echo plot data kernels ;;
    nets) echo nets plot data reference kernels ;;
    check) echo check nets data reference kernels ;;
    cusim/compiler | cusim/runtime) echo cusim ;;
    bench) echo bench check plot nets data reference kernels ;;
    lessons) echo lessons check plot nets data reference kernels ;;
    grade) echo grade cusim bench lessons check plot nets data reference kernels ;;
    cli) echo cli bench lessons check plot nets data reference kernels ;;
    esac
}
complaints=
for folder in kernels data reference plot nets check cusim/compiler cusim/runtime bench lessons grade cli; do
    allowed=$(may_include "$folder" | sed 's/ /|/g')
    complaints+=$(sources "$folder/*.[ch]" "$folder/**/*.[ch]" "$folder/**/*.cu" "$folder/**/*.cuh" | xargs -r grep -nE '^#include "' /dev/null |
                  grep -vE "#include \"($allowed)/")
done
verdict "a folder includes only from those below it" "$complaints"

complaints=
for concept in kernels/*/; do
    name=$(basename "$concept")
    complaints+=$(grep -nE '^#include "kernels/' "$concept"* | grep -vE "\"kernels/($name|core|gemm)/")
done
verdict "a concept includes only itself, core and gemm" "$complaints"

verdict "reference/ includes nothing of a kernel but its header" \
    "$(grep -nE '#include "kernels/' reference/*.[ch] |
       sed -E 's|^(.*#include "kernels/([a-z0-9_]+)/([a-z0-9_]+)\.h")$|\2 \3 \1|' |
       awk '$1 != $2 && $1 != "core" { print $3, $4 }')"

complaints=
for header in $(sources '*.h' | grep -v '^cusim/include/'); do
    ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I. -fsyntax-only -x c "$header" >/dev/null 2>&1 ||
        complaints+="$header does not compile alone"$'\n'
done
verdict "every header compiles alone" "$complaints"

complaints=
for header in kernels/*/*.h $(sources 'cusim/include/*.h'); do
    case $header in *_variants.h | */gemm_*.h | */cuda_launch.h) continue ;; esac
    g++ -std=c++17 -Wall -Wextra -Werror -Icusim/include -I. -D__CUDACC__ -include cuda_runtime.h -fsyntax-only \
        -x c++ "$header" >/dev/null 2>&1 || complaints+="$header is not valid C++"$'\n'
done
verdict "the kernels' headers and those of cusim are valid C++, for .cu files" "$complaints"

verdict "file names are unique, but for those of the lessons" \
    "$(sources '*.c' '*.h' '*.cu' '*.cuh' '*.cpp' | grep -v '^lessons/[0-9]' | sed 's|.*/||' | sort | uniq -d)"

verdict "no line is longer than 100 columns, but where odd formatting is the point" \
    "$(sources '*.c' '*.h' '*.cu' '*.cuh' '*.cpp' | grep -v '^tests/honest/' | LC_ALL=C.UTF-8 xargs -r grep -nHoE '^.{101}')"

verdict "no function is longer than 75 lines" \
    "$(sources '*.c' '*.cu' | xargs -r awk 'FNR == 1 { start = 0 } /^\{/ { start = FNR }
        /^\}/ { if (start && FNR - start > 75) print FILENAME ":" start " " FNR - start " lines"; start = 0 }')"

verdict "nothing is left to do" \
    "$(sources '*.c' '*.h' '*.cu' '*.cuh' '*.cpp' '*.sh' Makefile | grep -v 'scripts/house.sh' |
       xargs -r grep -nwE 'TODO|FIXME|XXX|HACK|#if 0' /dev/null)"

echo "1..$number"
