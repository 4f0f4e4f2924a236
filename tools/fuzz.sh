#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs each fuzz target of tests/fuzz on new inputs, starting from its committed
# corpus: clang-14, libFuzzer, ASan and UBSan. Arguments go to libFuzzer:
#   tools/fuzz.sh -max_total_time=600
# New inputs that reach new code are kept in build-fuzz/corpus, findings in
# build-fuzz/findings. ONLY=pte fuzzes that target alone.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset fuzz >/dev/null
cmake --build build-fuzz -j"$(nproc)" >/dev/null
mkdir -p build-fuzz/findings
targets=$(find build-fuzz/tests/fuzz -maxdepth 1 -name "fuzz_${ONLY:-*}" -type f \
    -executable | sort)
if [ -z "$targets" ]; then
    echo "fuzz: error: no target was built" >&2
    exit 1
fi
for target in $targets; do
    name=$(basename "$target")
    log=build-fuzz/$name.log
    mkdir -p "build-fuzz/corpus/$name"
    if ! "$target" "$@" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/findings/$name-" \
        "build-fuzz/corpus/$name" "tests/fuzz/corpus/${name#fuzz_}" >"$log" 2>&1; then
        tail -40 "$log"
        echo "fuzz: error: $name found something; the input is in build-fuzz/findings" >&2
        exit 1
    fi
    awk -v name="$name" '
        /number_of_executed_units/ { runs = $2 }
        /^Done/ { seconds = $5 }
        / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
        END { print "fuzz: " name ": " runs " inputs in " seconds \
              " s, " cov " edges reached, no finding" }' "$log"
done
