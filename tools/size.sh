#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bytes of the runtime core (verify, load, execute; no kernels) on a Cortex-M33 at
# -Os, and the proof that it needs nothing but mem* from outside.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags="-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -Os -std=c11 -ffreestanding
    -ffunction-sections -fdata-sections -Wall -Wextra -Werror -I. -Iinclude"
for source in runtime/*.c; do
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $flags -c "$source" -o "$out/$(basename "$source" .c).o"
done
# float math serves kernels, the core doesn't call it
core=$(find "$out" -name '*.o' ! -name 'math*' | sort)
# shellcheck disable=SC2086
arm-none-eabi-ld -r $core -o "$out/core.o"
(cd "$out" && arm-none-eabi-size $(basename -a $core))
echo "runtime core, Cortex-M33, -Os: $(arm-none-eabi-size "$out/core.o" |
    awk 'NR == 2 { print $1 " bytes text, " $2 " data, " $3 " bss" }')"
outside=$(arm-none-eabi-nm -u "$out/core.o" | awk '{ print $2 }')
echo "undefined symbols: $(echo $outside)"
if other=$(grep -vxE 'memcpy|memmove|memset|memcmp' <<<"$outside"); then
    echo "size: error: the core must need mem* only, but needs" $other >&2
    exit 1
fi
