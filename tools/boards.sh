#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the runner images for QEMU and the plugin that counts instructions into a
# folder: CORE.elf, CORE.board, count.so. Cores default to all that QEMU has here.
#   tools/boards.sh build/boards [cortex-m33 ...]
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -lt 1 ]; then
    echo "usage: tools/boards.sh FOLDER [CORE ...]" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- cortex-m0plus cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55
if ! command -v arm-none-eabi-gcc >/dev/null; then
    echo "boards: error: arm-none-eabi-gcc isn't installed; run tools/setup.sh system" >&2
    exit 2
fi
log=$out/build.log
: >"$log"
run() {
    if ! "$@" >>"$log" 2>&1; then
        grep -v '^\[' "$log" | tail -20 >&2
        echo "boards: error: the build failed; all of it is in $log" >&2
        exit 1
    fi
}
for core in "$@"; do
    run cmake -S . -B "$out/obj/$core" --toolchain cmake/arm-none-eabi.cmake \
        -DSC_CPU="$core" -DCMAKE_BUILD_TYPE=MinSizeRel -DSC_RUNNER=ON -DSC_RUNNER_DIR="$out"
    run cmake --build "$out/obj/$core" -j"$(nproc)"
done
run "${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
    tools/qemu_plugin/count.c -o "$out/count.so"
echo "boards: $* and count.so are in $out"
