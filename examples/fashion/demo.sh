#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles the Fashion-MNIST classifier for two cores, judges it here and, where the
# images for QEMU are (make boards), on the simulated cores.
# Needs the built command only: demo.sh [path of sconce] [folder for results] [targets]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sconce=${1:-$here/../../build/sconce}
out=${2:-$here/../../build/fashion}
targets=${3:-cortex-m33 cortex-m55}
mkdir -p "$out"

judge=(--data "$here/test_x.npy" --labels "$here/test_y.npy")
quantize=(--calibrate "$here/calibration_x.npy" --int8-io)

has_image() { "$sconce" doctor --json | grep -q "\"name\": \"image $1\"[^}]*\"found\": \"[^\"]"; }
has_qemu() { "$sconce" doctor --json | grep -q '"name": "qemu-system-arm"[^}]*"found": "'; }

echo "== 1. compile: $(wc -c <"$here/model.pt2") bytes of PyTorch archive, calibrated with 64 images"
for target in $targets; do
    "$sconce" compile "$here/model.pt2" --target "$target" "${quantize[@]}" \
        -o "$out/$target.pte" >"$out/$target.txt"
    echo "   $target: $(wc -c <"$out/$target.pte") bytes, $out/$target.pte; report in $out/$target.txt"
done

echo
echo "== 2. 256 test images that it never saw"
status=0
for target in $targets; do
    on=()
    if has_qemu && has_image "$target"; then
        on=(--on qemu)
    else
        echo "   $target isn't simulated here: see \`sconce doctor\`"
    fi
    "$sconce" eval "$here/model.pt2" "${judge[@]}" "${quantize[@]}" --target "$target" \
        ${on[@]+"${on[@]}"} | tee "$out/$target.eval.txt" | sed 's/^/   /'
    echo
    # float and int8 at most one point apart, the core's bytes those of this computer
    awk -v simulated="${#on[@]}" '
        /^float/ { float = $2 }
        /^int8 +[0-9]/ { int8 = $2 }
        /gives the bytes of this computer/ { equal = $(NF - 3) == $(NF - 1) }
        END { exit !(float >= 90 && float - int8 <= 1 && (equal || !simulated)) }
    ' "$out/$target.eval.txt" || status=1
done

echo "== 3. what one image costs: instructions by operator, RAM"
for target in $targets; do
    if has_qemu && has_image "$target"; then
        "$sconce" run "$out/$target.pte" --input "$here/boot.npy" \
            --on qemu --target "$target" --profile | sed 's/^/   /' |
            tee "$out/$target.run.txt"
    else
        echo "   $target isn't simulated here"
    fi
    echo
done

echo "== 4. where int8 differs most from float"
"$sconce" compare "$here/model.pt2" --calibrate "$here/calibration_x.npy" \
    --target "${targets%% *}" --data "$here/test_x.npy" | sed -n '3,8s/^/   /p'
if [ "$status" -ne 0 ]; then
    echo "demo: error: accuracy was lost, or a core computed other bytes" >&2
    exit 1
fi
