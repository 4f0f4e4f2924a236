#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles the digit reader, runs it on three pictures, says what happened.
# Needs the built command only: demo.sh [path of sconce] [folder for results]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sconce=${1:-$here/../../build/sconce}
out=${2:-$here/../../build/demo}
mkdir -p "$out"

# The data of a float32 .npy are its last $2 values; one a line.
floats() { tail -c $(($2 * 4)) "$1" | od -An -v -tf4 -w4; }

draw() {
    floats "$1" 64 | awk '{ printf "%s", substr("  ..::oo##@@@@@@@@", int($1) + 1, 1) }
        NR % 8 == 0 { print "" }' | sed 's/^/      /'
}

echo "== 1. compile: $(wc -c <"$here/model.pt2") bytes of PyTorch archive in, a program out"
"$sconce" compile "$here/model.pt2" --target host -o "$out/model.pte"

echo
echo "== 2. run: three pictures nobody trained on"
wrong=0
for digit in 0 3 7; do
    "$sconce" run "$out/model.pte" --input "$here/digit$digit.npy" -o "$out/digit$digit" \
        >/dev/null
    draw "$here/digit$digit.npy"
    answer=$(floats "$out/digit$digit/out0.npy" 10 |
        awk '$1 > best { best = $1; at = NR - 1 } END { printf "%d %.1f", at, best * 100 }')
    # the largest difference to what PyTorch said when the model was made
    error=$(paste <(floats "$out/digit$digit/out0.npy" 10) \
        <(floats "$here/digit$digit.expected.npy" 10) |
        awk '{ d = $1 > $2 ? $1 - $2 : $2 - $1; if (d > worst) worst = d }
            END { printf "%.1e", worst }')
    echo "   reads: ${answer% *} (${answer#* } %), PyTorch's answer within $error"
    [ "${answer% *}" = "$digit" ] &&
        awk -v e="$error" 'BEGIN { exit !(e < 1e-5) }' || wrong=$((wrong + 1))
done

echo
echo "== 3. the program: $(wc -c <"$out/model.pte") bytes, in $out/model.pte"
echo "   look inside: $sconce inspect $out/model.pte"
if [ "$wrong" -ne 0 ]; then
    echo "demo: error: $wrong of 3 answers are wrong" >&2
    exit 1
fi
