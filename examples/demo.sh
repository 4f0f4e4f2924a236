#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make demo` shows: a float network on this computer, then an int8 one on two
# simulated cores: accuracy, bytes, instructions, flash, RAM.
#   demo.sh [path of sconce] [folder for results]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sconce=$(realpath "${1:-$here/../build/sconce}")
mkdir -p "${2:-$here/../build/demo}"
out=$(cd "${2:-$here/../build/demo}" && pwd)
log=$out/demo.log

"$here/demo/demo.sh" "$sconce" "$out/digits"
echo
echo "== Fashion-MNIST in int8"
"$here/fashion/demo.sh" "$sconce" "$out/fashion"
echo
echo "== 5. the whole firmware: runtime, the model's own kernels, the model"
for core in cortex-m33 cortex-m55; do
    cmake -S "$here/firmware" -B "$out/firmware-$core" -DSC_CPU="$core" \
        -DSCONCE="$sconce" -DMODEL="$out/fashion/$core.pte" >>"$log"
    cmake --build "$out/firmware-$core" -j"$(nproc)" >>"$log"
    arm-none-eabi-size -A "$out/firmware-$core/firmware.elf" | awk -v core="$core" '
        $1 == ".text" || $1 == ".rodata" { text += $2 }
        $1 == ".model" { model = $2 }
        $1 == ".model_ram" || $1 == ".bss" || $1 == ".data" { ram += $2 }
        END {
            printf "   %s: %d B of code and %d B of model in flash, %d B of RAM and the stack\n",
                   core, text, model, ram
        }'
done
