#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bytes of the runtime core (verify, load, execute; no kernels) on a Cortex-M33 at
# -Os, and the proof that it needs nothing but mem* from outside. Then what firmware links
# for an Ethos-U: the verifier of command streams, which needs mem* only as well, and the
# rest of the delegate.
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

# compile FOLDER CPU OPTIMISATION: the delegate's objects
compile_npu() {
    mkdir -p "$1"
    for source in backends/ethos_u/device/*.c; do
        arm-none-eabi-gcc "-mcpu=$2" -mthumb -mfloat-abi=soft "$3" -std=c11 -ffreestanding \
            -ffunction-sections -fdata-sections -Wall -Wextra -Werror -I. -Iinclude \
            -c "$source" -o "$1/$(basename "$source" .c).o"
    done
}
# linked OUT FUNCTIONS OBJECT...: bytes of text that these functions keep of the objects
linked() {
    local elf=$1 roots=()
    for root in $2; do
        roots+=(-u "sc_ethos_u_$root")
    done
    shift 2
    arm-none-eabi-ld -r --gc-sections "${roots[@]}" "$@" -o "$elf"
    arm-none-eabi-size "$elf" | awk 'NR == 2 { print $1 }'
}
for cpu in cortex-m33 cortex-m55; do
    for how in -Os -O2; do # firmware builds backends with -O2
        folder=$out/$cpu$how
        compile_npu "$folder" $cpu $how
        verifier=$(linked "$folder/verifier.elf" verify "$folder"/{command,operation,ranges}.o)
        all=$(linked "$folder/all.elf" "verify measure place prepare run" "$folder"/*.o)
        echo "stream verifier, $cpu, $how: $verifier bytes text; delegate: $((all - verifier))"
        outside=$(arm-none-eabi-nm -u "$folder/verifier.elf" | awk '{ print $2 }')
        if other=$(grep -vxE 'memcpy|memmove|memset|memcmp' <<<"$outside"); then
            echo "size: error: the stream verifier needs" $other >&2
            exit 1
        fi
    done
done
