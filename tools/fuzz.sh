#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fuzz targets of tests/fuzz, with clang-14, libFuzzer, ASan and UBSan.
#   tools/fuzz.sh replay        each target over its committed corpus
#   tools/fuzz.sh run SECONDS   each target that long on new inputs, one core each;
#                               findings are kept in build-fuzz/findings
set -euo pipefail
cd "$(dirname "$0")/.."
cmake -S . -B build-fuzz -DCMAKE_C_COMPILER=clang-14 -DSC_FUZZ=ON -DSC_SANITIZE=ON \
    >/dev/null
cmake --build build-fuzz -j"$(nproc)" >/dev/null
targets=$(find build-fuzz/tests/fuzz -maxdepth 1 -name 'fuzz_*' -type f -executable | sort)
if [ -z "$targets" ]; then
    echo "fuzz: error: no target was built" >&2
    exit 1
fi
for target in $targets; do
    name=$(basename "$target")
    corpus=tests/fuzz/corpus/${name#fuzz_}
    case ${1:-} in
    replay)
        files=$(find "$corpus" -type f | sort)
        # shellcheck disable=SC2086
        if ! "$target" $files >"build-fuzz/$name.log" 2>&1; then
            tail -40 "build-fuzz/$name.log"
            exit 1
        fi
        echo "fuzz corpus: $name: $(echo "$files" | wc -l) inputs replayed"
        ;;
    run)
        mkdir -p "build-fuzz/corpus/$name" build-fuzz/findings
        echo "fuzz: $name for ${2:-60} s"
        "$target" -max_total_time="${2:-60}" -timeout=10 -rss_limit_mb=2048 \
            -print_final_stats=1 -artifact_prefix="build-fuzz/findings/$name-" \
            "build-fuzz/corpus/$name" "$corpus" >"build-fuzz/$name.log" 2>&1 || {
            tail -40 "build-fuzz/$name.log"
            exit 1
        }
        grep -E 'number_of_executed_units|average_exec_per_sec' "build-fuzz/$name.log"
        ;;
    *)
        echo "usage: tools/fuzz.sh replay|run SECONDS" >&2
        exit 2
        ;;
    esac
done
