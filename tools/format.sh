#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layout of all C files is what clang-format-14 makes of them with .clang-format.
#   tools/format.sh           rewrites what differs
#   tools/format.sh --check   lists what differs and fails
set -euo pipefail
cd "$(dirname "$0")/.."
format=${CLANG_FORMAT:-clang-format-14}
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.c' '*.h' | sort)
case ${1:-} in
'') "$format" -i "${files[@]}" ;;
--check)
    differ=()
    for file in "${files[@]}"; do
        "$format" "$file" | cmp -s - "$file" || differ+=("$file")
    done
    if [ ${#differ[@]} -gt 0 ]; then
        printf '%s: not as clang-format wants it; run tools/format.sh\n' "${differ[@]}" >&2
        exit 1
    fi
    ;;
*)
    echo "usage: tools/format.sh [--check]" >&2
    exit 2
    ;;
esac
echo "format: ${#files[@]} files are as $format wants them"
