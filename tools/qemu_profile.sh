#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Instructions by function, most first, from the pcs= file of tools/qemu_plugin:
#   tools/qemu_profile.sh build/boards/cortex-m33.elf pcs.txt [rows]
set -euo pipefail
if [ $# -lt 2 ]; then
    echo "usage: tools/qemu_profile.sh ELF PCS [ROWS]" >&2
    exit 2
fi
# Both are sorted by address; fixed width makes them comparable as text.
awk -v rows="${3:-30}" '
    function fixed(hex) { sub(/^0x/, "", hex); return sprintf("%8s", hex) }
    FNR == NR {
        if ($2 ~ /^[tTwW]$/ && $3 !~ /^\$/) { at[n] = fixed(substr($1, length($1) - 7)); name[n++] = $3 }
        next
    }
    {
        pc = fixed($1); gsub(/ /, "0", pc)
        while (i + 1 < n && at[i + 1] <= pc) i++
        sum[name[i]] += $2; total += $2
    }
    END {
        printf "%14d  all\n", total
        sort = "sort -rn | head -" rows
        for (f in sum) printf "%14d %5.1f%%  %s\n", sum[f], 100 * sum[f] / total, f | sort
    }' <(arm-none-eabi-nm -n "$1") "$2"
